"""Computations that belong to the server: real processes of the command line, followed, stopped and told about."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pages.shared.tasks import Task, Tasks


def ended(tasks: Tasks, key: str, until: Callable[[Task], bool] = lambda task: task.state != "running") -> Task:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        task = tasks.latest(key)
        if task is not None and until(task):
            return task
        time.sleep(0.02)
    pytest.fail("it did not get there within 30 s")


def test_a_computation_gives_what_the_command_line_prints():
    tasks = Tasks()
    tasks.begin("count", ["data", "stats", "--data", "sample"])
    task = ended(tasks, "count")
    assert task.state == "done"
    assert task.result["n"] == 5000


def test_a_computation_that_fails_says_why():
    tasks = Tasks()
    tasks.begin("count", ["data", "stats", "--data", "nothing"])
    task = ended(tasks, "count")
    assert task.state == "failed"
    assert "no data set called 'nothing'" in task.problem


def test_a_computation_can_be_stopped_and_is_begun_only_once():
    tasks = Tasks()
    tasks.begin("count", ["data", "stats", "--data", "sample"])
    process = tasks._processes["count"]
    tasks.begin("count", ["data", "stats", "--data", "sample"])
    assert tasks._processes["count"] is process
    tasks.stop("count")
    assert ended(tasks, "count").state == "stopped"
    assert tasks.latest("nothing of the kind") is None
