"""Keeping Python's cycle collector out of chunks of many rows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Free nothing but what is no longer referenced while this lasts.

    The rows of a chunk hold no cycles, and looking for some in hundreds of thousands of them again
    and again takes a third of an import's time. A chunk is bounded, so is the memory.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
