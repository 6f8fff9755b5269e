"""Codes from an authenticator app: right ones count once, wrong ones cost time."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cdp import second_factor
from cdp.models import User
from tests.conftest import NOW
from tests.people import make_user


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(db: None) -> User:
    return make_user("Marketer", "anna")


def code_of(device: TOTPDevice) -> str:
    """What the app shows now."""
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def set_up(user: User) -> TOTPDevice:
    device = second_factor.confirm(user, code_of(second_factor.begin(user)))
    assert device is not None
    return device


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_no_code_is_asked_before_the_first_right_one(anna: User) -> None:
    device = second_factor.begin(anna)
    assert second_factor.confirm(anna, wrong(code_of(device))) is None
    assert not second_factor.needs_code(anna)
    assert second_factor.begin(anna).key == device.key, "the picture changed under the app"


def test_a_code_lets_in_once(anna: User, clock: time_machine.Coordinates) -> None:
    device = set_up(anna)
    assert second_factor.needs_code(anna)
    assert second_factor.verify(anna, code_of(device)) is None, "used when setting up"
    clock.shift(timedelta(seconds=60))
    code = code_of(device)
    assert second_factor.verify(anna, f" {code[:3]} {code[3:]}") is not None
    assert second_factor.verify(anna, code) is None


def test_the_code_of_another_user_is_worth_nothing(
    anna: User, clock: time_machine.Coordinates
) -> None:
    set_up(anna)
    bert = make_user("Analyst", "bert")
    device = set_up(bert)
    code = second_factor.renew_recovery_codes(bert)[0]
    clock.shift(timedelta(seconds=60))
    assert second_factor.verify(anna, code_of(device)) is None
    assert second_factor.verify(anna, code) is None


def test_wrong_codes_cost_ever_more_time(anna: User, clock: time_machine.Coordinates) -> None:
    device = set_up(anna)
    waits = []
    for _try in range(4):
        clock.shift(timedelta(seconds=60))
        assert second_factor.verify(anna, wrong(code_of(device))) is None
        waits.append(second_factor.seconds_to_wait(anna, now=timezone.now()))
    assert waits == [1, 2, 4, 8]
    assert second_factor.verify(anna, code_of(device)) is None, "right, but too soon"
    clock.shift(timedelta(seconds=60))
    assert second_factor.verify(anna, code_of(device)) is not None
    assert second_factor.seconds_to_wait(anna, now=timezone.now()) == 0


def test_a_recovery_code_lets_in_once_however_it_is_typed(anna: User) -> None:
    set_up(anna)
    first, second, *_others = second_factor.renew_recovery_codes(anna)
    assert second_factor.recovery_codes_left(anna) == 10
    assert second_factor.verify(anna, f" {first.upper().replace('-', ' ')} ") is not None
    assert second_factor.verify(anna, first) is None
    assert second_factor.recovery_codes_left(anna) == 9
    second_factor.renew_recovery_codes(anna)
    assert second_factor.verify(anna, second) is None, "replaced"


def test_recovery_codes_cannot_be_read_from_the_database(anna: User) -> None:
    codes = second_factor.renew_recovery_codes(anna)
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert len(stored) == len(codes)
    assert not stored & {code.replace("-", "") for code in codes} | stored & set(codes)


@pytest.mark.parametrize("code", ["", "abc", "１２３４５６", "9" * 40, "\0", "-", "é12345"])
def test_nonsense_is_no_code(code: str, anna: User) -> None:
    set_up(anna)
    second_factor.renew_recovery_codes(anna)
    assert second_factor.verify(anna, code) is None


def test_removing_forgets_everything(anna: User) -> None:
    set_up(anna)
    second_factor.renew_recovery_codes(anna)
    assert second_factor.remove(anna)
    assert not second_factor.needs_code(anna)
    assert not StaticToken.objects.exists()
    assert not second_factor.remove(anna)


def test_the_secret_fits_an_app(anna: User) -> None:
    device = second_factor.begin(anna)
    assert "issuer=Regulars" in device.config_url
    assert second_factor.secret(device).replace(" ", "") in device.config_url
    assert second_factor.qr_image(device).startswith("data:image/svg+xml")
