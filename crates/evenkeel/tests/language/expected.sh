#!/bin/sh
# Writes what real Ansible makes of each case into its expected.json. Usage: expected.sh [CASE...]
# Needs ansible-playbook 2.19 in PATH or named by $EVENKEEL_ANSIBLE, and python3.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
python=$(python3 -c "import sys; print(sys.executable)")
[ $# -gt 0 ] || set -- $(ls -d */ | tr -d /)
for case in "$@"; do
    dir=$(mktemp -d)
    options=$(cat "$case/options" 2>/dev/null || :)
    # shellcheck disable=SC2086
    (cd "$case" && ANSIBLE_PYTHON_INTERPRETER="$python" ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0 \
        "${EVENKEEL_ANSIBLE:-ansible-playbook}" -i hosts.ini site.yml -e "dir=$dir" $options) >"$dir.out" 2>&1 || :
    python3 - "$dir" "$case" <<'END' || exit 1
import json, os, re, sys
folder, case = sys.argv[1:]
text = open(folder + ".out").read()
if "PLAY RECAP" not in text:
    sys.exit(case + ": Ansible refuses it\n" + text)
hosts = {}
for line in text.split("PLAY RECAP")[1].splitlines()[1:]:
    name, _, counts = line.partition(":")
    counts = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)}
    if counts:
        hosts[name.strip()] = counts
files = {}
for root, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(root, name)
        files[os.path.relpath(path, folder)] = open(path).read().replace(folder, "DIR")
with open(os.path.join(case, "expected.json"), "w") as out:
    json.dump({"hosts": hosts, "files": files}, out, indent=1, sort_keys=True)
    out.write("\n")
END
    rm -rf "$dir" "$dir.out"
    echo "$case"
done
