"""Writes what `ansible-doc` of ansible-core 2.19 says of the task types' parameters: `python expect.py >ansible.json`, with the
Python of real Ansible (`tests/python` at the top of the project)."""

import json
import os
import subprocess
import sys

NAMES = (
    """
apt
apt_key
apt_repository
assemble
assert
blockinfile
command
copy
cron
deb822_repository
debconf
debug
dnf
dpkg_selections
fail
fetch
file
find
get_url
getent
group
hostname
iptables
known_hosts
lineinfile
meta
package
package_facts
ping
raw
replace
script
service
service_facts
set_fact
setup
shell
slurp
stat
systemd_service
tempfile
template
unarchive
uri
user
wait_for
"""
).split()

program = os.path.join(os.path.dirname(sys.executable), "ansible-doc")
text = subprocess.run(
    [program, "-j", *["ansible.builtin." + name for name in NAMES]], check=True, stdout=subprocess.PIPE, text=True
).stdout
documented = {}
for name in NAMES:
    options = json.loads(text)["ansible.builtin." + name]["doc"].get("options", {})
    documented[name] = {
        option: {
            "aliases": sorted(about.get("aliases") or []),
            "choices": list(about["choices"]) if about.get("choices") else None,
            "default": about.get("default"),
            "required": bool(about.get("required")),
        }
        for option, about in options.items()
    }
json.dump(documented, sys.stdout, indent=1, sort_keys=True)
print()
