#!/bin/bash
printf "%s|" "$0" "$@" | sed "s/^[^|]*//" > /srv/script
