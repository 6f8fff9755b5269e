"""Every address of the site, and something to put into those that name an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from cdp.models import (
    Customer,
    CustomerSelection,
    ImportRun,
    Job,
    JobState,
    SavedView,
    SelectedCustomer,
    Upload,
    User,
)
from cdp.users import link_parts
from integrations.models import Connection, RunState, SyncRun
from integrations.stored_files import folder, store
from segments.models import Export, SecretLink, Segment, SegmentRun
from tests.conftest import NOW
from tests.connections import make_audience, make_connection
from tests.factories import make_customer, make_order, make_static_segment
from tests.people import make_user
from tests.predictions import make_target

Arguments = dict[str, object]


@dataclass(frozen=True)
class Address:
    """A named pattern of the resolver."""

    name: str
    pattern: URLPattern
    parameters: frozenset[str]


def addresses() -> list[Address]:
    """Every pattern of the site, those of the raw tables included."""
    return list(_walk(get_resolver(), "", frozenset()))


def _walk(resolver: URLResolver, namespace: str, parameters: frozenset[str]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        known = parameters | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name or ''}", pattern, known)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner, known)


def arguments_for(address: Address, user: User) -> Arguments:
    """Something that exists and is the user's own, for an address that names an object."""
    if not address.parameters:
        return {}
    namespace = address.name.partition(":")[0]
    return OBJECTS.get(address.name, OBJECTS[f"{namespace}:*"])(user)


def _customer(user: User) -> Arguments:
    return {"pk": make_customer(email="anna@x.example").pk}


def _order(user: User) -> Arguments:
    customer = make_customer()
    return {"pk": customer.pk, "order": make_order(customer, NOW - timedelta(days=9)).pk}


def _saved_view(user: User) -> Arguments:
    view = SavedView.objects.create(user=user, page="customers", name="mine", created_at=NOW)
    return {"pk": view.pk}


def _selection(user: User) -> Arguments:
    selection = CustomerSelection.objects.create(user=user, created_at=NOW)
    SelectedCustomer.objects.create(selection=selection, customer=make_customer())
    return {"pk": selection.pk}


def _members(moment: timedelta = timedelta(days=3)) -> Segment:
    customers: list[Customer] = [make_customer()]
    return make_static_segment(f"List {Segment.objects.count()}", customers, NOW - moment)


def _segment(user: User) -> Arguments:
    return {"pk": _members().pk}


def _segment_run(user: User) -> Arguments:
    segment = _members()
    return {"pk": segment.pk, "run": SegmentRun.objects.get(segment=segment).pk}


def _job(user: User, kind: str = "refresh") -> Job:
    return Job.objects.create(kind=kind, user=user, state=JobState.FAILED, created_at=NOW)


def _export(user: User) -> Arguments:
    path = settings.DATA_DIR / "exports" / "access.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("email\n", encoding="utf-8")
    job = Job.objects.create(kind="export", user=user, state=JobState.DONE, created_at=NOW)
    export = Export.objects.create(
        segment=_members(),
        user=user,
        job=job,
        columns="email",
        path=str(path),
        row_count=0,
        file_size=6,
        created_at=NOW,
        expires_at=NOW + timedelta(days=365),
    )
    return {"pk": export.pk}


def _link(user: User) -> Arguments:
    link = SecretLink.objects.create(
        segment=_members(),
        user=user,
        label="newsletter",
        secret_hash=f"{SecretLink.objects.count():064d}",
        hint="abcd",
        columns="email",
        created_at=NOW,
    )
    return {"pk": link.pk}


def _run(user: User) -> ImportRun:
    return ImportRun.objects.create(
        job=_job(user, "import"), kind="customers", file_name="customers.csv", created_at=NOW
    )


def _upload(user: User) -> Arguments:
    path = settings.DATA_DIR / "uploads" / "access.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("external_id,email\n1,anna@x.example\n", encoding="utf-8")
    upload = Upload.objects.create(
        user=user,
        file_name="customers.csv",
        file_size=path.stat().st_size,
        path=str(path),
        created_at=NOW,
    )
    return {"pk": upload.pk}


def _password_link(user: User) -> Arguments:
    uid, token = link_parts(make_user("Analyst"))
    return {"uidb64": uid, "token": token}


def _connection(user: User) -> Arguments:
    """One whose secrets do not open, so that no page asks a service."""
    connection = make_connection("mailchimp", name=f"Newsletter {Connection.objects.count()}")
    connection.credentials = "sealed:1:lost"
    connection.save()
    return {"pk": connection.pk}


def _audience(user: User) -> Arguments:
    """An audience at a service that offers everything an audience can be asked for."""
    connection = make_connection("meta", name=f"Ads {Connection.objects.count()}")
    return {"pk": make_audience(connection, _members()).pk}


def _audience_file(user: User) -> Arguments:
    connection = make_connection("csv", name=f"Files {Connection.objects.count()}")
    audience = make_audience(connection, _members(), remote_id="customers")
    place = folder(connection.settings["folder"], audience.remote_id)
    return {"pk": audience.pk, "name": store(place, ["email\n"], now=NOW).name}


def _audience_run(user: User) -> Arguments:
    keys = _audience(user)
    run = SyncRun.objects.create(audience_id=keys["pk"], started_at=NOW, state=RunState.DONE)
    return {**keys, "run": run.pk}


OBJECTS: dict[str, Callable[[User], Arguments]] = {
    "customers:*": _customer,
    "customers:order": _order,
    "customers:delete_view": _saved_view,
    "customers:selection": _selection,
    "customers:tag": _selection,
    "customers:enlist": _selection,
    "customers:export": _selection,
    "customers:undo": _selection,
    "imports:example": lambda user: {"kind": "customers"},
    "imports:*": lambda user: {"pk": _run(user).pk},
    "imports:mapping": _upload,
    "imports:start": _upload,
    "imports:discard": _upload,
    "jobs:*": lambda user: {"pk": _job(user).pk},
    "predictions:detail": lambda user: {"prediction": "orders_30"},
    "predictions:*": lambda user: {"pk": make_target(f"Brand {make_customer().pk}").pk},
    "segments:*": _segment,
    "segments:run": _segment_run,
    "segments:export": _export,
    "segments:export_file": _export,
    "segments:link": _link,
    "segments:link_rotate": _link,
    "segments:link_revoke": _link,
    "audiences:*": _audience,
    "audiences:run": _audience_run,
    "audiences:file": _audience_file,
    "connections:*": _connection,
    "connections:connect": lambda user: {"kind": "mailchimp"},
    "links:*": lambda user: {"secret": "x" * 43},
    "hooks:*": lambda user: {"secret": "x" * 43},
    "users:*": lambda user: {"pk": make_user("Analyst").pk},
    "users:act": lambda user: {"pk": make_user("Analyst").pk, "deed": "deactivate"},
    "account:*": _password_link,
}
