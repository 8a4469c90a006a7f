#!/bin/sh
# Records what Debian's ansible-inventory says of every case: `sh test/inventory/record-cases.sh` (needs ansible-core).
cd "$(dirname "$0")/cases" || exit 1
for folder in */; do
  (
    cd "$folder" || exit 1
    set --
    while IFS= read -r source; do set -- "$@" -i "$source"; done <sources
    ansible-inventory "$@" --list --export >expected.json 2>/tmp/kmesos-record.$$ || echo "$folder failed"
    grep -i 'parse\|error' /tmp/kmesos-record.$$ && echo "  in $folder"
    ansible-inventory "$@" --graph >expected.graph 2>/dev/null
  )
done
rm -f /tmp/kmesos-record.$$
