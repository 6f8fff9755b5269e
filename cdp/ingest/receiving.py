"""How the bytes of an upload come in: straight to the data folder, and never more than allowed."""

from __future__ import annotations

from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)

from cdp.ingest.uploads import folder

PERMISSION = "cdp.add_importrun"
MEGABYTE = 1_000_000


class ArrivingFile(TemporaryUploadedFile):
    """A file that lies in the folder of the uploads from its first byte on."""

    def __init__(self, name: str | None, content_type: str | None) -> None:
        file = NamedTemporaryFile(prefix="arriving-", dir=folder())  # noqa: SIM115 - closed with it
        UploadedFile.__init__(self, file, name, content_type, 0)


class ImportUploadHandler(TemporaryFileUploadHandler):
    """Writes a file to the data folder while it arrives.

    The body of a request is read before any view is asked: so it is here that strangers are turned
    away and that a file ends that is too large. What is left of the body is read and dropped, so
    that the browser gets to see the page that says so.
    """

    received = 0

    def new_file(self, *args: Any, **values: Any) -> None:
        """Begin a file."""
        user = getattr(self.request, "user", None)
        if user is None or not user.has_perm(PERMISSION):
            raise StopUpload(connection_reset=True)
        FileUploadHandler.new_file(self, *args, **values)
        self.received = 0
        self.file = ArrivingFile(self.file_name, self.content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next bytes; stop at the limit."""
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT_MB * MEGABYTE:
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)
