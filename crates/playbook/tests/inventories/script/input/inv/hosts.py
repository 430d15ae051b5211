#!/bin/sh
[ "$1" = --list ] || exit 3
cat <<'END'
{"web": {"hosts": ["w1", "w2"], "vars": {"port": 80, "ratio": 1.5, "on": true, "said": "é", "list": [1, {"a": null}]}, "children": ["edge"]},
 "edge": {"hosts": ["e1"], "vars": {"ansible_group_priority": 3, "port": 443}},
 "old": ["o1", "w1"],
 "single": {"x": 1},
 "all": {"vars": {"of_all": "{{ port }}"}},
 "_meta": {"hostvars": {"w1": {"ansible_host": "10.0.0.1", "data": {"__ansible_unsafe": "{{ x }}"}}, "stranger": {"y": 2}}}}
END
