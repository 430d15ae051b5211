#!/usr/bin/env python3
"""Writes expected.json: what ansible-core 2.19 gives for every text in cases.yml.

Run with the Python of an installation of ansible-core 2.19 that also has netaddr and the collection ansible.utils
(ANSIBLE_COLLECTIONS_PATH): expect.py
"""
import json
import os
import pathlib
import sys
import warnings

warnings.simplefilter("ignore")
os.environ.update(HOME="/root", ANSIBLE_DEPRECATION_WARNINGS="False", ANSIBLE_DEVEL_WARNING="False")

from ansible.module_utils._internal._datatag import AnsibleTagHelper
from ansible.module_utils.common.text.converters import to_text
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

HERE = pathlib.Path(__file__).resolve().parent


def plain(value):
    value = AnsibleTagHelper.as_native_type(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    return str(value)


def attempt(work):
    try:
        return {"value": plain(work())}
    except Exception as error:
        return {"error": str(error).splitlines()[0].replace(str(HERE), ".")}


def main():
    init_plugin_loader([])
    loader = DataLoader()
    loader.set_basedir(str(HERE))
    document = loader.load_from_file(str(HERE / "cases.yml"), trusted_as_template=True)
    variables = dict(document["vars"], playbook_dir=str(HERE), ansible_search_path=[str(HERE)])
    templar = Templar(loader=loader, variables=variables)
    expected = {}
    for text in document["playbook"]:
        expected["playbook " + text] = attempt(lambda: templar.template(text))
    for text in document["conditions"]:
        expected["condition " + text] = attempt(lambda: templar._engine.evaluate_conditional(text))
    for text in document["expressions"]:
        expected["expression " + text] = attempt(lambda: templar.evaluate_expression(text))
    for text in document["files"]:
        def render():
            result = templar.template(text, escape_backslashes=False)
            return "" if result is None else to_text(result)
        expected["file " + text] = attempt(render)
    path = HERE / "expected.json"
    path.write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
    failed = sum("error" in outcome for outcome in expected.values())
    print(f"{len(expected)} cases, {failed} of them errors", file=sys.stderr)


main()
