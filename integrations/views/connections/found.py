"""What the last test found, shown once on the page that follows it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from integrations.connecting.checking import Finding
from integrations.models import Connection

_KEY = "connection_test"
MOST_AUDIENCES = 50


def remember(request: HttpRequest, connection: Connection, finding: Finding) -> None:
    """Keep what the service told, for the page of the connection; say whether it works."""
    if finding.account is None:
        request.session.pop(_KEY, None)
        words = _("The test of “%(name)s” failed: %(error)s")
        said = {"name": connection.name, "error": str(finding.error)}
        messages.error(request, words % said)
        return
    account = finding.account
    request.session[_KEY] = {
        "connection": connection.pk,
        "audiences": [(one.name, one.count) for one in account.audiences[:MOST_AUDIENCES]],
        "audience_count": len(account.audiences),
        "notes": list(account.notes),
    }
    messages.success(request, _("The test of “%(name)s” succeeded.") % {"name": connection.name})


def found(request: HttpRequest, connection: Connection) -> dict[str, object] | None:
    """Return what was kept for this connection, this one time."""
    kept = request.session.get(_KEY)
    if not kept or kept.get("connection") != connection.pk:
        return None
    del request.session[_KEY]
    return dict(kept)
