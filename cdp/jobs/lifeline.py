"""Ends a process when the one that started it is gone, however that went.

Killing a process kills none of its children. A worker that outlives its guard would work on, unseen
by whoever starts the next cluster; so each process of a cluster is bound to its parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>

_parent_pid = 0
_is_main_thread = False


def bind_children() -> None:
    """Bind every process that this one, or a descendant of it, forks from now on."""
    os.register_at_fork(before=_remember_parent, after_in_child=_bind)


def when_orphaned(parent_pid: int, act: Callable[[], object]) -> None:
    """Call `act`, in a thread of its own, once the parent of this process is another one."""
    threading.Thread(target=_watch, args=(parent_pid, act), name="lifeline", daemon=True).start()


def _remember_parent() -> None:
    global _parent_pid, _is_main_thread
    _parent_pid = os.getpid()
    _is_main_thread = threading.current_thread() is threading.main_thread()


def _bind() -> None:
    # The kernel acts as soon as the thread that forked ends; only the main one lasts to the end.
    if not (_is_main_thread and _ask_kernel()):
        when_orphaned(_parent_pid, _exit)
    if os.getppid() != _parent_pid:  # It was gone before the kernel was asked.
        _exit()


def _ask_kernel() -> bool:
    """Let the kernel kill this process with its parent, even a frozen one; only Linux can."""
    if not sys.platform.startswith("linux"):
        return False
    arguments = map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0))
    return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, *arguments) == 0)


def _watch(parent_pid: int, act: Callable[[], object]) -> None:
    while os.getppid() == parent_pid:
        time.sleep(POLL_SECONDS)
    act()


def _exit() -> None:
    os._exit(1)
