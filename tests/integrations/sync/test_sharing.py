"""A household with one phone number: whoever leaves takes nobody along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdp.models import ConsentFlag, Customer, CustomerIdentity
from tests.conftest import NOW
from tests.integrations.sync.stage import Stage, stage_of

pytestmark = pytest.mark.django_db
PHONE = "+4511111111"


@pytest.fixture(params=["google", "meta"])
def platform(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    with stage_of(request.param, settings, monkeypatch) as stage:
        yield stage


def share_a_phone(*people: Customer) -> None:
    for one in people:
        Customer.objects.filter(pk=one.pk).update(phone=PHONE)
        CustomerIdentity.objects.create(
            customer=one, kind=CustomerIdentity.Kind.PHONE, value=PHONE, first_seen_at=NOW
        )


@pytest.mark.parametrize("how", ["leaves", "withdraws"])
def test_who_stays_is_sent_once_more(platform: Stage, how: str) -> None:
    gone, stays, _other = platform.people(3)
    share_a_phone(gone, stays)
    platform.sync()
    before = len(platform.writes())
    if how == "leaves":
        platform.leave([gone])
    else:
        Customer.objects.filter(pk=gone.pk).update(ads_consent=ConsentFlag.WITHDRAWN)
    run = platform.sync()
    assert (run.added, run.updated, run.removed) == (0, 1, 1)
    removal, again = platform.vendor.asked(platform.vendor.writes)[before:]
    face = platform.vendor.face(stays.email)
    assert face not in removal.body.decode()
    assert face in again.body.decode()
    assert platform.states() == {"in": 2, "out": 1}
    assert platform.sync().requests == 0


def test_who_shares_nothing_is_left_alone(platform: Stage) -> None:
    people = platform.people(3)
    platform.sync()
    before = len(platform.writes())
    platform.leave(people[:1])
    platform.sync()
    assert len(platform.writes()) == before + 1
