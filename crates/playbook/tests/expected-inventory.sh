#!/bin/bash
# Writes what Ansible makes of the inventories in tests/inventories: list.json, export.json, tree.yml, graph.txt,
# and hosts.txt where patterns are listed. Usage: expected-inventory.sh [DIRECTORY OF ansible-inventory]
set -eu
cd "$(dirname "$0")/inventories"
bin=${1:+$1/}
export ANSIBLE_CONFIG=/nonexistent/ansible.cfg HOME=/nonexistent ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_NOCOLOR=1
for case in */; do
  case=${case%/}
  input=$PWD/$case/input
  arguments=()
  for word in $(cat "$case/arguments"); do
    # Ansible would also read group_vars of the current folder, so it runs in / with absolute paths.
    case $word in -* | *,*) arguments+=("$word") ;; *) arguments+=("$input/$word") ;; esac
  done
  run() { (cd / && "${bin}ansible-inventory" "${arguments[@]}" "$@" 2>/dev/null); }
  run --list >"$case/list.json"
  run --list --export >"$case/export.json"
  run --list --export --yaml >"$case/tree.yml"
  # Ansible cannot draw encrypted values without their password.
  run --graph --vars >"$case/graph.txt" || rm -f "$case/graph.txt"
  [ -e "$case/patterns" ] || continue
  sources=()
  for word in "${arguments[@]}"; do case $word in --playbook-dir) break ;; *) sources+=("$word") ;; esac; done
  while read -r pattern; do
    echo "== $pattern"
    (cd / && "${bin}ansible" "${sources[@]}" "$pattern" --list-hosts 2>/dev/null) | sed -n 's/^    //p'
  done <"$case/patterns" >"$case/hosts.txt"
done
