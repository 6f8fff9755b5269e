from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cdp.jobs import lifeline

DEADLINE_SECONDS = 30
START = """
import os, sys, threading, time
import lifeline

if sys.argv[1] == "watched":
    lifeline._ask_kernel = lambda: False
    lifeline.POLL_SECONDS = 0.05
lifeline.bind_children()
"""
GENERATIONS = """
for _generation in range(2):
    if os.fork():
        break
os.write(1, b"ready\\n")
time.sleep(600)
"""
CHILD_OF_A_THREAD = """
bound, tell_bound = os.pipe()
orphaned, tell_orphaned = os.pipe()

def fork():
    global child
    child = os.fork()
    if child == 0:
        os.write(tell_bound, b"x")
        os.read(orphaned, 1)
        os._exit(7)
    os.read(bound, 1)

thread = threading.Thread(target=fork)
thread.start()
thread.join()
while os.path.exists("/proc/self/task") and len(os.listdir("/proc/self/task")) > 1:
    time.sleep(0.01)
os.write(tell_orphaned, b"x")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(params=["kernel", "watched"])
def start(request):
    """Start a script in which children are bound to their parents; what it leaves is killed."""
    if request.param == "kernel" and not sys.platform.startswith("linux"):
        pytest.skip("Only the kernel of Linux ends a process with its parent.")
    started = []

    def start(script):
        process = subprocess.Popen(
            [sys.executable, "-c", START + script, request.param],
            cwd=Path(lifeline.__file__).parent,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            process.wait()
            process.stdout.close()


def test_children_and_grandchildren_end_with_a_killed_parent(start):
    process = start(GENERATIONS)
    assert [process.stdout.readline() for _generation in range(3)] == ["ready\n"] * 3
    process.kill()
    # Each of them holds the other end, so this returns when the last one has ended.
    assert process.communicate(timeout=DEADLINE_SECONDS) == ("", None)


def test_child_of_a_thread_lives_on_when_the_thread_ends(start):
    assert start(CHILD_OF_A_THREAD).communicate(timeout=DEADLINE_SECONDS) == ("7\n", None)
