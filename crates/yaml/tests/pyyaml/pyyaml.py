"""PyYAML's side of the tests; it wants an interpreter that has PyYAML 6 with libyaml.

`pyyaml.py` writes loads.json: what PyYAML's C loader, with Ansible's own tags, makes of the texts in cases.txt
(a case is everything between two lines `=====`), and dumps.json: what its C dumper writes for the values in it.
`pyyaml.py serve` answers each line of its input, a JSON object, with a line of JSON:
{"load": text} with the values, {"dump": value, "options": {..}} with the text.
"""

import copy
import datetime
import json
import pathlib
import struct
import sys

import yaml


class Loader(yaml.CSafeLoader):
    """CSafeLoader with Ansible's tags."""


def unsafe(loader, node):
    node = copy.copy(node)
    node.tag = loader.resolve(type(node), node.value, (True, False))
    return loader.construct_object(node, deep=True)


def vault(loader, node):
    value = unsafe(loader, node)
    if not isinstance(value, str):
        raise ValueError("vault")
    return value


Loader.add_constructor("!unsafe", unsafe)
Loader.add_constructor("!vault", vault)


def show(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"int {value}"
    if isinstance(value, float):
        return "float nan" if value != value else "float " + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime.datetime):
        return "date " + value.isoformat(" ")
    if isinstance(value, datetime.date):
        return "date " + value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(show(k) + ": " + show(v) for k, v in value.items()) + "}"
    raise TypeError(type(value))


def expected(text):
    try:
        return [show(document) for document in yaml.load_all(text, Loader)]
    except Exception:
        return "error"


def dump(value, options):
    return yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True, **options)


def serve():
    for line in sys.stdin:
        question = json.loads(line)
        if "load" in question:
            answer = expected(question["load"])
        else:
            answer = dump(question["dump"], question["options"])
        print(json.dumps(answer), flush=True)


VALUES = [
    None, True, 5, 1.5, 1e20, 1e-7, 1e16, 123456789.123, float("1e300"), -0.0, 0.1, "", " ", "x", "yes", "y", "5", "0644", "0o644",
    "1e3", "12:30", "2024-01-15", "~", "null", "=", "<<", "a: b", "a #b", "# a", "- a", "-a", "-", "?", "? a", ":", "a:", "{{ x }}",
    "{a", "[a", "a]", "a, b", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "'", "it's", '"', 'say "x"', "\\", "a\\b", "\t", "a\tb",
    "a\n", "a\nb", "a\nb\n", "\na", "a\n\nb", " a\nb", "a \nb", "a\r\nb", "\x07", "\x85", "\u2028", "\ufeff", "\u00e9", "caf\u00e9 \u4e2d",
    "---", "--- a", "...", "a" * 100, "word " * 30, "word " * 30 + "x", "x" * 90 + " " + "y" * 90, "a: " * 40, "w\n" * 3 + "word " * 30,
    [], {}, [[]], [{}], {"a": []}, {"a": {}}, [1, 2], ["a", ["b"]], [[1, 2], [3]], [{"a": 1}, {"b": [1, {"c": 2}]}],
    {"a": 1}, {"b": 1, "a": 2}, {"a": {"c": 1, "b": 2}}, {"B": 1, "a": 2, "\u00e9": 3, "_": 4}, {"a": [1, 2], "b": {"c": [3]}},
    {"yes": 1, "5": 2, "": 3, "a b": 4, "a: b": 5, "a\nb": 6}, {"x" * 130: 1}, {"x" * 130: [1]}, ["a\nb", {"k": "a\nb\n"}],
    {"text": "word " * 30, "list": ["word " * 30]}, {"k": ["word " * 5] * 1, "l": ["w" * 30, "x" * 30, "y" * 30]},
    list(range(60)), {"k%02d" % i: i for i in range(30)}, {"a": None, "b": True, "c": [None, False]},
]
OPTIONS = [
    {"default_flow_style": None},
    {"default_flow_style": False, "indent": 4},
    {"default_flow_style": True},
    {"default_flow_style": False, "indent": 2, "width": 40, "sort_keys": False},
    {"default_flow_style": False, "explicit_start": True, "explicit_end": True, "width": -1},
    {"default_flow_style": False, "default_style": '"'},
    {"default_flow_style": None, "default_style": "'"},
    {"default_flow_style": False, "default_style": "|"},
    {"default_flow_style": False, "default_style": ">", "indent": 8},
]


def write(name, rows):
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (pathlib.Path(__file__).parent / name).write_bytes(f"[\n{lines}\n]\n".encode())


def main():
    cases = (pathlib.Path(__file__).parent / "cases.txt").read_bytes().decode().split("\n=====\n")
    write("loads.json", [[text, expected(text)] for text in cases])
    write("dumps.json", [[value, options, dump(value, options)] for value in VALUES for options in OPTIONS])


serve() if sys.argv[1:] == ["serve"] else main()
