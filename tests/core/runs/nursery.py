"""A process that has loaded torch once and forks a worker on demand, so that a test of a killed worker takes no seconds.

Reads one JSON request a line and answers with one: {"run": id, "environment": {...}, "file_bytes": n} -> {"pid": n},
{"wait": pid} -> {"code": n}, negative for a signal. A child stays a zombie until it is waited for.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any

from mnist_core.runs import worker


def fork_worker(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.environ.update(request["environment"])
    if "file_bytes" in request:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"], request["file_bytes"]))
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    os._exit(worker.main([request["run"]] if "run" in request else ["--wait"]))


worker.warm_up()
for line in sys.stdin:
    asked = json.loads(line)
    if "wait" in asked:
        answer = {"code": os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])}
    else:
        answer = {"pid": fork_worker(asked)}
    print(json.dumps(answer), flush=True)
