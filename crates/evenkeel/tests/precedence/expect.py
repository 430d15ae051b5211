#!/usr/bin/env python3
"""Writes the project in this folder, in which every two places set a variable of their own, and expected.txt: which
place ansible-playbook (2.19) takes. Run with the Python of an installation of ansible-core: expect.py
"""
import itertools
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# A place, and where it is written; what is set in one breath (set_fact and register) has no order of its own.
PLACES = [
    ("role defaults", "site/roles/r/defaults/main.yml"),
    ("all:vars", "ini all:vars"),
    ("parent:vars", "ini parent:vars"),
    ("web:vars", "ini web:vars"),
    ("group_vars/all", "inventory/group_vars/all.yml"),
    ("site group_vars/all", "site/group_vars/all.yml"),
    ("group_vars/parent", "inventory/group_vars/parent.yml"),
    ("group_vars/web", "inventory/group_vars/web.yml"),
    ("site group_vars/parent", "site/group_vars/parent.yml"),
    ("site group_vars/web", "site/group_vars/web.yml"),
    ("host line", "ini host"),
    ("host_vars", "inventory/host_vars/h1.yml"),
    ("site host_vars", "site/host_vars/h1.yml"),
    ("play vars", "play vars"),
    ("play vars_files", "site/more.yml"),
    ("role vars", "site/roles/r/vars/main.yml"),
    ("vars of the role's entry", "entry vars"),
    ("block vars", "block vars"),
    ("task vars", "task vars"),
    ("set_fact", "set_fact"),
    ("register", "register"),
    ("role parameters", "entry"),
    ("extra vars", "extra.yml"),
]


def named(first, second):
    return f"p_{first:02}_{second:02}"


def settings(place):
    """The variables that a place sets, each to the place's name."""
    pairs = itertools.combinations(range(len(PLACES)), 2)
    return [named(*pair) for pair in pairs if place in (PLACES[pair[0]][1], PLACES[pair[1]][1])]


def lines(place, indent, mark=": "):
    label = next(label for label, where in PLACES if where == place)
    return "".join(f'{" " * indent}{name}{mark}"{label}"\n' for name in settings(place))


def write(path, text):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def project():
    for _, where in PLACES:
        if where.endswith(".yml"):
            write(where, lines(where, 0))
    host = lines("ini host", 0, "=").strip().replace("\n", " ")
    ini = f"[web]\nh1 ansible_connection=local {host}\n[parent:children]\nweb\n"
    for section in ("all:vars", "parent:vars", "web:vars"):
        ini += f"[{section}]\n" + lines(f"ini {section}", 0, "=")
    write("inventory/hosts.ini", ini)
    registers = "".join(
        f"    - name: Register\n      ansible.builtin.debug:\n        msg: registered\n      register: {name}\n"
        for name in settings("register")
    )
    write(
        "site/site.yml",
        "- name: Every two places\n  hosts: web\n  gather_facts: false\n"
        "  vars_files: [more.yml]\n  vars:\n" + lines("play vars", 4) + "  pre_tasks:\n" + registers
        + "    - name: Set\n      ansible.builtin.set_fact:\n" + lines("set_fact", 8)
        + "  roles:\n    - role: r\n" + lines("entry", 6) + "      vars:\n" + lines("entry vars", 8),
    )
    write(
        "site/roles/r/tasks/main.yml",
        "- name: Block\n  vars:\n" + lines("block vars", 4)
        + "  block:\n    - name: Write\n      ansible.builtin.template:\n        src: out.j2\n"
        "        dest: \"{{ target }}/out\"\n        mode: \"0644\"\n      vars:\n" + lines("task vars", 8),
    )
    pairs = itertools.combinations(range(len(PLACES)), 2)
    shown = "{} < {}: {{{{ {name} if {name} is string else 'register' }}}}\n"
    text = "".join(shown.format(PLACES[a][0], PLACES[b][0], name=named(a, b)) for a, b in pairs)
    write("site/roles/r/templates/out.j2", text)


def main():
    project()
    ansible = pathlib.Path(sys.executable).parent / "ansible-playbook"
    with tempfile.TemporaryDirectory() as target:
        arguments = [ansible, "-i", HERE / "inventory/hosts.ini", HERE / "site/site.yml"]
        arguments += ["-e", f"@{HERE}/extra.yml", "-e", f"target={target} ansible_python_interpreter={sys.executable}"]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, cwd=target)
        write("expected.txt", (pathlib.Path(target) / "out").read_text())


main()
