"""The code from an authenticator app that a user may ask for beside the password."""

from __future__ import annotations

import math
import secrets
from base64 import b32encode
from datetime import datetime, timedelta

import segno
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cdp.models import User

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_HALF = 5


def is_let_in(user: User | AnonymousUser) -> bool:
    """Whether nothing more is asked of a user who has logged in: no code is wanted, or one was
    given. Remembered on the object, because one request asks several times.
    """
    if getattr(user, "otp_device", None) is not None:
        return True
    if not hasattr(user, "_needs_code"):
        user._needs_code = needs_code(user)  # type: ignore[union-attr]
    return not user._needs_code  # type: ignore[union-attr]


def needs_code(user: User | AnonymousUser) -> bool:
    """Whether the password alone does not let this user in."""
    return bool(user.pk) and TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def begin(user: User) -> TOTPDevice:
    """Return the device that is being set up; it counts from its first right code on."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


def confirm(user: User, code: str) -> TOTPDevice | None:
    """Count the device from now on if the code is right; it replaces any earlier one."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(_plain(code)):
            return None
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        return device


def verify(user: User, code: str) -> Device | None:
    """Return the device whose code this is, or None. A code is good once; after a wrong one the
    next is looked at only after a while that doubles each time.
    """
    plain = _plain(code)
    with transaction.atomic():
        if plain.isdigit():
            devices = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True)
            return next((device for device in devices if device.verify_token(plain)), None)
        recovery = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True)
        stored = _kept(user, plain)
        return next((device for device in recovery if device.verify_token(stored)), None)


def seconds_to_wait(user: User, *, now: datetime) -> int:
    """Return how long no code of the user's app is looked at, because wrong ones were given."""
    device = TOTPDevice.objects.filter(user=user).order_by("-throttling_failure_count").first()
    if device is None or device.throttling_failure_timestamp is None:
        return 0
    pause = timedelta(
        seconds=device.get_throttle_factor() * 2 ** (device.throttling_failure_count - 1)
    )
    return max(0, math.ceil((device.throttling_failure_timestamp + pause - now).total_seconds()))


def renew_recovery_codes(user: User) -> list[str]:
    """Return new recovery codes; the earlier ones are void. Only their hashes are kept."""
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        StaticToken.objects.bulk_create(
            StaticToken(device=device, token=_kept(user, _plain(code))) for code in codes
        )
    return codes


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes have not been used."""
    return StaticToken.objects.filter(device__user=user).count()


def remove(user: User) -> bool:
    """Forget the user's devices and recovery codes; return whether a code was needed before."""
    with transaction.atomic():
        was_needed = needs_code(user)
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        return was_needed


def secret(device: TOTPDevice) -> str:
    """Return the device's secret as authenticator apps take it when typed, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_image(device: TOTPDevice) -> str:
    """Return the picture that an authenticator app takes the secret from, as a data address."""
    return segno.make(device.config_url, error="m").svg_data_uri(
        scale=5, border=4, dark="#000", light="#fff"
    )


def _recovery_code() -> str:
    letters = [secrets.choice(RECOVERY_ALPHABET) for _letter in range(2 * RECOVERY_HALF)]
    return f"{''.join(letters[:RECOVERY_HALF])}-{''.join(letters[RECOVERY_HALF:])}"


def _plain(code: str) -> str:
    """Return a code without the blanks and dashes that people type into it."""
    return "".join(letter for letter in code.casefold() if letter.isascii() and letter.isalnum())


def _kept(user: User, code: str) -> str:
    """Return what is stored of a recovery code: as much of its hash as the column takes."""
    return salted_hmac("cdp.second_factor", f"{user.pk}:{code}", algorithm="sha256").hexdigest()[
        :16
    ]
