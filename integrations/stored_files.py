"""Files of audiences that are kept here for the shop: where they lie, who may have them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.text import slugify

from cdp.models import User
from integrations.models import Audience, AudienceState

FILE_RIGHT = "cdp.export_customers"
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}\.csv")
_TOKEN = re.compile(r"[0-9a-f]{16}")
_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class StoredFile:
    """A finished file: `name` tells it apart, `title` is what it is called when downloaded.

    `size` is in bytes, `made_at` when it was finished.
    """

    name: str
    title: str
    size: int
    made_at: datetime


def files_of(audience: Audience) -> list[StoredFile]:
    """Return the files of an audience, the newest first; none where its connection keeps none.

    Show them only to users with the right `FILE_RIGHT`.
    """
    place = _folder_of(audience)
    if place is None or not place.is_dir():
        return []
    found = []
    for path in sorted(place.iterdir(), reverse=True):
        if _NAME.fullmatch(path.name):
            made_at = datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)
            title = title_of(audience.outside_name, path)
            found.append(StoredFile(path.name, title, path.stat().st_size, made_at))
    return found


def title_of(audience_name: str, path: Path) -> str:
    """Return what a file is called outside: the name of its audience and when it was made."""
    return f"{slugify(audience_name) or 'audience'}-{path.name}"


def open_file(audience: Audience, name: str) -> IO[bytes]:
    """Return a file of the audience to read from; raise `FileNotFoundError` if it has none such."""
    place = _folder_of(audience)
    if place is None or not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return (place / name).open("rb")


def discard_left_behind() -> int:
    """Delete the files of audiences that ended or are gone, and return how many folders went."""
    kept = set()
    live = Audience.objects.exclude(state=AudienceState.ENDED)
    for audience in live.select_related("connection"):
        place = _folder_of(audience)
        if place is not None:
            kept.add(place)
    left = [one for one in root().glob("*/*") if one.is_dir() and one not in kept]
    for place in left:
        shutil.rmtree(place, ignore_errors=True)
    return len(left)


def readers(addresses: Iterable[str]) -> list[str]:
    """Return those of the addresses that belong to users who may have files of customers."""
    wanted = {address.lower() for address in addresses}
    if not wanted:
        return []
    users = [one for one in User.objects.filter(is_active=True) if one.email.lower() in wanted]
    return sorted({one.email.lower() for one in users if one.has_perm(FILE_RIGHT)})


def root() -> Path:
    """Return the folder of all these files."""
    path: Path = settings.DATA_DIR / "audience-files"
    return path


def folder(token: str, audience_id: str) -> Path:
    """Return where the files of one audience lie, by the token of its connection.

    Raise ValueError for a token that is none.
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("A token of a connection is 16 hexadecimal digits.")
    return root() / token / blake2b(audience_id.encode(), digest_size=8).hexdigest()


def store(place: Path, pieces: Iterable[str], *, now: datetime) -> Path:
    """Write a file so that it is there whole or not at all, in place of all before it."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place / "new.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        for piece in pieces:
            stream.write(piece.encode())
        stream.flush()
        os.fsync(stream.fileno())
    path = place / f"{now.astimezone(UTC).strftime(_STAMP)}.csv"
    part.replace(path)
    for other in place.iterdir():
        if other != path:
            other.unlink(missing_ok=True)
    return path


def _folder_of(audience: Audience) -> Path | None:
    token = str(audience.connection.settings.get("folder", ""))
    if not _TOKEN.fullmatch(token) or not audience.remote_id:
        return None
    return folder(token, audience.remote_id)
