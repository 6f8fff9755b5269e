from __future__ import annotations

import gc
import io
import random

from cdp.ingest import csv as reading
from cdp.ingest.collector import collector_paused
from cdp.ingest.csv import Raw, Rows
from cdp.ingest.lines import Dialect, Lines

PARTS = ["a,b,c", "1,2,3", '"x, y",2,3', '"open,2,3', "short", "1,2,3,4", "1,2,3,", "",
         " , , ", '"two\nlines",2,3', 'in"side,2,3', "æ,ø,å",
         '"a ""b""",2,3', '"x\\"y",2,3', "1,2\r3,4"]  # fmt: skip


def rows_of(text: str) -> tuple[list[Raw], int, int]:
    rows = Rows(Lines(io.BytesIO(text.encode()), "utf-8"), Dialect(), width=3)
    found = list(rows)
    return found, rows.consumed, rows.short


def test_rows_read_in_blocks_are_those_read_one_by_one(monkeypatch):
    pick = random.Random(7)
    for _try in range(60):
        text = "\n".join(pick.choices(PARTS, weights=[9, 9] + [1] * 13, k=pick.randint(1, 400)))
        in_blocks = rows_of(text)
        with monkeypatch.context() as patch:
            patch.setattr(Rows, "_plain", lambda self, block: None)
            patch.setattr(reading, "BLOCK_LINES", 10_000)
            assert in_blocks == rows_of(text)


def test_consumed_lines_are_those_of_the_rows_given_so_far():
    rows = Rows(Lines(io.BytesIO(b"1,2,3\n\n4,5,6\n7,8,9\n"), "utf-8"), Dialect(), width=3)
    seen = [(row.line, row.cells[0], rows.consumed) for row in rows]
    assert seen == [(1, "1", 1), (3, "4", 3), (4, "7", 4)]


def test_collector_goes_on_after_a_pause_even_one_that_failed():
    assert gc.isenabled()
    try:
        with collector_paused(), collector_paused():
            assert not gc.isenabled()
            raise KeyError
    except KeyError:
        assert gc.isenabled()
