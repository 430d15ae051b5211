"""Writes pyyaml.json: what PyYAML's C loader, with Ansible's own tags, makes of the texts in pyyaml-cases.txt.

Run with an interpreter that has PyYAML 6 with libyaml: python3 pyyaml.py
A case is everything between two lines `=====`.
"""

import copy
import datetime
import json
import pathlib
import struct

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


here = pathlib.Path(__file__).parent
cases = (here / "pyyaml-cases.txt").read_bytes().decode().split("\n=====\n")
table = [[text, expected(text)] for text in cases]
lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in table)
(here / "pyyaml.json").write_text(f"[\n{lines}\n]\n")
