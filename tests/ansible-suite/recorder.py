"""A callback for Ansible: writes what came of each task as a line of JSON to the file that EVENKEEL_RECORD names, and the counts last."""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: records tasks and counts
description: A line of JSON for each task on each host, and one with the counts.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Programs of Ansible that a target starts itself record nothing.
        self._lines = open(os.environ.pop("EVENKEEL_RECORD", os.devnull), "w", encoding="utf-8")

    def _write(self, **line):
        print(json.dumps(line), file=self._lines, flush=True)

    def _task(self, result, status):
        task = result.task
        self._write(task={"name": task.get_name(), "module": task.action, "status": status})

    def v2_runner_on_ok(self, result):
        self._task(result, "changed" if result.result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._task(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result):
        self._task(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._task(result, "unreachable")

    def v2_playbook_on_stats(self, stats):
        for host in stats.processed:
            self._write(counts=stats.summarize(host))
