"""A vendor on loopback: remembers what it was asked, and fails where a test says so."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

from tests.vendors import contracts


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """An answer; `data` becomes JSON, bytes stay."""

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong: for the next `times` requests that `matches` ("POST /lists/") fits.

    kind: "before" answers with `reply` and changes nothing; "after" changes, then answers with
    `reply`; "drop-before" and "drop-after" break the connection off; "silence" never answers.
    """

    kind: str
    matches: str = ""
    times: int = 1
    reply: Reply = field(default_factory=lambda: Reply(500, {}))

    def fits(self, request: Recorded) -> bool:
        return self.times > 0 and re.search(self.matches, str(request)) is not None


Handler = Callable[[Recorded, re.Match[str]], Reply]


class FakeVendor:
    """Base of the fakes: a subclass lists `routes` (method, pattern, name of a method)."""

    contract: ClassVar[str] = ""
    is_local: ClassVar[bool] = False  # Nothing travels over the network.
    takes_any_success: ClassVar[bool] = False  # What an answer of 2xx says does not matter.
    takes_one_by_one: ClassVar[bool] = False  # No call takes several people.
    prefix: ClassVar[str] = ""  # Part of the address that the contract counts to the server.
    routes: ClassVar[tuple[tuple[str, str, str], ...]] = ()

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self.faults: list[Fault] = []
        self.complaints: list[str] = []
        self.lock = RLock()
        self.closing = Event()
        self.url = ""

    def fail(self, kind: str, matches: str = "", *, times: int = 1, **reply: Any) -> None:
        """Let the next fitting requests fail; see `Fault`."""
        self.faults.append(Fault(kind, matches, times, Reply(**reply) if reply else Reply(500, {})))

    @property
    def is_contract_there(self) -> bool:
        return contracts.is_there(self.contract)

    def face(self, email: str) -> str:
        """How `inside` shows somebody with this address."""
        return email

    def work(self) -> None:
        """Finish what was accepted for later."""

    def asked(self, matches: str) -> list[Recorded]:
        """Return the requests so far that a pattern fits."""
        return [one for one in self.requests if re.search(matches, str(one))]

    def refused(self, request: Recorded) -> Reply | None:
        """Return the answer to a request without valid credentials."""
        return None

    def answer(self, request: Recorded) -> Reply:
        for method, pattern, name in self.routes:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                handler: Handler = getattr(self, name)
                return self.refused(request) or handler(request, found)
        return Reply(404, {})

    def check(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> None:
        if contracts.is_there(self.contract):
            plain = path.removeprefix(self.prefix)
            self.complaints += contracts.complaints(
                self.contract, method, plain, query, headers, body
            )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    vendor: FakeVendor

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is no news."""


class _Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the console."""

    def _serve(self) -> None:
        vendor = self.server.vendor
        raw_path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers.items())
        request = Recorded(self.command, unquote(raw_path), dict(parse_qsl(query)), headers, body)
        with vendor.lock:
            vendor.requests.append(request)
            vendor.check(self.command, unquote(raw_path), query, headers, body)
            fault = next((one for one in vendor.faults if one.fits(request)), None)
            if fault:
                fault.times -= 1
            kind = fault.kind if fault else ""
            reply = vendor.answer(request) if kind in ("", "after", "drop-after") else Reply()
        if kind in ("drop-before", "drop-after"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif kind == "silence":
            self.close_connection = True
            vendor.closing.wait(10)
        else:
            self._say(fault.reply if fault else reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _say(self, reply: Reply) -> None:
        data = reply.data
        text = (
            data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
        )
        self.send_response(reply.status)
        kind = "text/html" if isinstance(data, bytes) else "application/json"
        for name, value in {"Content-Type": kind, **reply.headers}.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(text)


@contextmanager
def running(vendor: FakeVendor) -> Iterator[FakeVendor]:
    """Serve a vendor on a free port of loopback while the block runs; `vendor.url` is set."""
    server = _Server(("127.0.0.1", 0), _Speaker)
    server.vendor = vendor
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        vendor.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
