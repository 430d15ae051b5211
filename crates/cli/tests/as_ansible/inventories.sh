#!/bin/sh
# Writes what the real ansible-inventory prints, and how it ends, for each line of `inventories` into expected/inventory/.
# Needs ansible-inventory 2.19 in PATH or named by $EVENKEEL_ANSIBLE_INVENTORY.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/inventory"
while read -r options; do
    code=0
    case $options in -i*) words=$options ;; *) words="-i hosts.ini $options" ;; esac
    # shellcheck disable=SC2086
    "${EVENKEEL_ANSIBLE_INVENTORY:-ansible-inventory}" $words >out 2>/dev/null </dev/null || code=$?
    { cat out; echo "exit code $code"; } >"$here/expected/inventory/$(echo "$options" | tr -d ' *' | tr / _).txt"
    rm out
done <"$here/inventories"
