#!/bin/sh
# Writes what the real ansible-playbook prints, and how it ends, for each line of `runs` and `listings` into expected/. Usage: expected.sh [LINE...]
# The first word of a line is a folder of playbooks/ or of the cases of the language; more playbooks may follow `site.yml`.
# Needs ansible-playbook 2.19 in PATH or named by $EVENKEEL_ANSIBLE, and python3. Hosts take turns (-f 1), so that the order is one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cases=$(cd "$here/../../../evenkeel/tests/language" && pwd)
python=$(python3 -c "import sys; print(sys.executable)")
[ $# -gt 0 ] && lines=$(printf '%s\n' "$@") || lines=$(cat "$here/runs" "$here/listings")
mkdir -p "$here/expected"
echo "$lines" | while read -r case options; do
    dir=$(mktemp -d)
    name=$(echo "$case$options" | tr -d ' ' | tr / _)
    [ -d "$here/playbooks/$case" ] && within=$here/playbooks || within=$cases
    own=$(cat "$within/$case/options" 2>/dev/null || :)
    code=0
    # shellcheck disable=SC2086
    (cd "$within/$case" && ANSIBLE_PYTHON_INTERPRETER="$python" ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0 \
        "${EVENKEEL_ANSIBLE:-ansible-playbook}" -f 1 -i hosts.ini -e "dir=$dir" $own site.yml $options) \
        >"$dir.out" 2>"$dir.err" </dev/null || code=$?
    { sed "s#$dir#DIR#g; s#$within#CASES#g" "$dir.out"; echo "exit code $code"; } >"$here/expected/$name.txt"
    rm -rf "$dir" "$dir.out" "$dir.err"
    echo "$name"
done
