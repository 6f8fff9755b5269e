"""The door to the network waits, retries and gives up as its caller expects."""

from __future__ import annotations

import itertools
import socket
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest

from integrations.exceptions import (
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.network.http import Door, Patience, retry_after
from integrations.network.pace import Pace
from tests.vendors.server import FakeVendor, Recorded, Reply, running

DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


class Echo(FakeVendor):
    """Answers with what it got."""

    def answer(self, request: Recorded) -> Reply:
        return Reply(200, {"query": request.query, "body": request.body.decode()})


@pytest.fixture
def echo():
    with running(Echo()) as vendor:
        yield vendor


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def door(echo: FakeVendor, waits: list[float]):
    made = Door(
        "The service", echo.url, patience=Patience(wait=waits.append, clock=lambda: sum(waits))
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 12:00:30 GMT", "Date": DATE}, 30),
        ({"Retry-After": "Tue, 24 Nov 2026 11:59:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:00:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_pauses_grow_and_end(echo: FakeVendor, door: Door, waits: list[float]) -> None:
    echo.fail("before", times=99, status=503, data={})
    with pytest.raises(Unavailable):
        door.send("GET", "/")
    assert door.requests_made == len(echo.requests) == 5
    assert len(waits) == 4
    assert all(1 <= wait / 2**n <= 1.5 for n, wait in enumerate(waits))


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        (400, BadRequest, 1),
        (401, NotAuthorized, 1),
        (403, NotAuthorized, 1),
        (404, BadRequest, 1),
        (409, BadRequest, 1),
        (429, RateLimited, 5),
        (500, Unavailable, 5),
        (501, BadRequest, 1),
        (502, Unavailable, 5),
        (524, Unavailable, 5),
        (301, BadRequest, 1),
    ],
)
def test_a_status_is_an_error_of_the_family(
    echo: FakeVendor, door: Door, status: int, error: type[DestinationError], requests: int
) -> None:
    echo.fail("before", times=99, status=status, data={})
    with pytest.raises(error) as failure:
        door.send("GET", "/")
    assert failure.value.message.startswith("The service")
    assert len(echo.requests) == requests


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "after"])
def test_what_would_make_something_twice_is_sent_once(
    echo: FakeVendor, door: Door, kind: str
) -> None:
    echo.fail(kind, times=9)
    with pytest.raises(Unavailable):
        door.send("POST", "/things", body={}, is_repeatable=False)
    assert len(echo.requests) == 1


def test_being_asked_to_slow_down_made_nothing_and_is_repeated(
    echo: FakeVendor, door: Door
) -> None:
    echo.fail("before", status=429, data={})
    assert door.send("POST", "/things", body={}, is_repeatable=False).status == 200


def test_the_pace_is_kept(echo: FakeVendor, door: Door, waits: list[float]) -> None:
    for _ in range(4):
        door.send("GET", "/", pace=door.pace)
    assert waits == []
    pace = Pace(((2, 10.0),))
    for _ in range(4):
        door.send("GET", "/", pace=pace)
    assert waits == [10.0]


def test_a_pace_too_slow_to_wait_for_is_told(door: Door) -> None:
    pace = Pace(((1, 3600.0),))
    door.send("GET", "/", pace=pace)
    with pytest.raises(RateLimited) as failure:
        door.send("GET", "/", pace=pace)
    assert failure.value.retry_after == 3600
    assert door.requests_made == 1


def test_an_answer_without_end_is_given_up(echo: FakeVendor, door: Door) -> None:
    door.largest_answer = 1000
    echo.fail("before", times=9, status=200, data={"text": "x" * 2000})
    with pytest.raises(Unavailable, match="more than an answer"):
        door.send("GET", "/")


def test_an_address_in_a_query_stays_out_of_errors_and_logs(
    echo: FakeVendor, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    echo.fail("drop-before", times=99)
    with pytest.raises(Unavailable) as failure:
        door.send("GET", "/profiles", query={"filter": "anna@shop.example"})
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
    assert echo.requests[0].query == {"filter": "anna@shop.example"}
    assert "anna" not in caplog.text + str(failure.value)


def test_bodies_travel_as_json_bytes_or_form(echo: FakeVendor, door: Door) -> None:
    assert door.send("POST", "/", body={"name": "Łukasz"}).at("body") == '{"name": "Łukasz"}'
    assert door.send("POST", "/", body=b"raw").at("body") == "raw"
    assert door.send("POST", "/", form={"a": "b c"}).at("body") == "a=b+c"
    assert door.send("GET", "/").at("query", "nothing", 3) is None


def test_numbers_that_are_none_are_not_sent(door: Door) -> None:
    body: Any = {"value": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        door.send("POST", "/", body=body)


def test_no_request_leaves_after_the_time_that_somebody_waits(echo: FakeVendor) -> None:
    patience = Patience(wait=lambda seconds: None, clock=lambda: 12.0, until=12.0)
    door = Door("The service", echo.url, patience=patience)
    with pytest.raises(Unavailable, match="did not answer in time"):
        door.send("GET", "/")
    door.close()
    assert not echo.requests


def test_an_answer_that_drips_is_given_up_in_time() -> None:
    """Each byte comes in time, the whole of them never would."""
    ticks = itertools.count()
    with socket.create_server(("127.0.0.1", 0)) as server:
        door = Door(
            "The service",
            f"http://127.0.0.1:{server.getsockname()[1]}",
            patience=Patience(tries=1, clock=lambda: float(next(ticks)), seconds=5),
        )
        Thread(target=drip, args=(server,), daemon=True).start()
        with pytest.raises(Unavailable, match="more than an answer should hold"):
            door.send("GET", "/")
        door.close()


def drip(server: socket.socket) -> None:
    """Send the beginning of an answer, then a byte at a time until nobody reads."""
    line, _address = server.accept()
    with line, suppress(OSError):
        line.recv(10_000)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _byte in range(50_000):
            line.sendall(b" ")
