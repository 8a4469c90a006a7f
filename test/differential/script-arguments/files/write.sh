#!/bin/bash
printf "%s|" "$#" "${@:2}" > "$1"
