"""How audiences, their runs and their people stand, in the words that people read everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.charts.scale import figure
from integrations.models import (
    Audience,
    AudienceMember,
    AudienceState,
    ConnectionState,
    MemberState,
    RunKind,
    RunState,
    Schedule,
    SyncRun,
)


@dataclass(frozen=True)
class Standing:
    """A badge with its tone ("good", "warn", "bad", "info" or none), what is so, and what to do.

    `needs_attention`: nothing gets better until somebody does something.
    """

    label: str
    tone: str = ""
    sentence: str = ""
    hint: str = ""
    needs_attention: bool = False


def standing_of(audience: Audience) -> Standing:
    """Return how an audience stands, the gravest first; asks nothing if its connection and segment
    were fetched with it.
    """
    return (
        _ended(audience)
        or _stopped(audience)
        or _held(audience)
        or _paused(audience)
        or _without_segment(audience)
        or _usual(audience)
    )


def _ended(audience: Audience) -> Standing | None:
    if audience.state == AudienceState.ENDED:
        return Standing(_("ended"), "", _("It has ended: nobody is added or removed any more."))
    if audience.state == AudienceState.ENDING:
        return Standing(_("ending"), "info", _("Everybody is being taken out; then it has ended."))
    return None


def _stopped(audience: Audience) -> Standing | None:
    connection = audience.connection
    if connection.state == ConnectionState.STOPPED:
        words = _("Nothing is sent: the connection “%(name)s” is stopped. %(error)s")
        return Standing(
            _("stopped"),
            "bad",
            (words % {"name": connection.name, "error": connection.error}).strip(),
            connection.hint or _("Mend the connection, test it and press Resume."),
            needs_attention=True,
        )
    if audience.state == AudienceState.STOPPED:
        return Standing(
            _("stopped"),
            "bad",
            audience.error or _("The service refused something; nothing is sent."),
            audience.hint or _("Mend what it names, then press Resume."),
            needs_attention=True,
        )
    return None


def _held(audience: Audience) -> Standing | None:
    if not audience.held_removals:
        return None
    words = ngettext(
        "%(count)s removal is held back: it would take out more than %(percent)s %% of the people "
        "there at once.",
        "%(count)s removals are held back: they would take out more than %(percent)s %% of the "
        "people there at once.",
        audience.held_removals,
    )
    return Standing(
        _("held back"),
        "warn",
        words % {"count": figure(audience.held_removals), "percent": audience.brake_percent},
        _("If the segment is right, let the removals go; if not, correct the segment."),
        needs_attention=True,
    )


def _paused(audience: Audience) -> Standing | None:
    still = _("Whoever withdraws consent or is erased is taken out all the same.")
    if audience.connection.state == ConnectionState.PAUSED:
        words = _("Nobody is added: the connection “%(name)s” is paused. %(still)s")
        return Standing(
            _("paused"), "warn", words % {"name": audience.connection.name, "still": still}
        )
    if audience.state == AudienceState.PAUSED:
        words = _("Nobody is added, and who left the segment stays. %(still)s")
        return Standing(_("paused"), "warn", words % {"still": still})
    return None


def _without_segment(audience: Audience) -> Standing | None:
    hint = _("End the audience, or leave it: whoever withdraws consent or is erased is taken out.")
    if audience.segment is None:
        words = _("Its segment was deleted. Nobody is added, and the people there stay.")
        return Standing(_("without segment"), "warn", words, hint, needs_attention=True)
    if audience.segment.is_archived:
        words = _("Its segment “%(name)s” is archived. Nobody is added, and the people there stay.")
        return Standing(
            _("segment archived"),
            "warn",
            words % {"name": audience.segment.name},
            _("Take the segment out of the archive, or end the audience."),
        )
    return None


def _usual(audience: Audience) -> Standing:
    if audience.error:
        return Standing(
            _("trying again"),
            "warn",
            _("The last run did not get through. %(error)s") % {"error": audience.error},
            audience.hint or _("It is tried again by itself; nobody has to do anything."),
        )
    if audience.synced_at is None:
        return Standing(
            _("not sent yet"),
            "info",
            _("It has not been brought in line with its segment yet."),
            _("A dry run shows who would be sent, without sending anything."),
        )
    return Standing(_("up to date"), "good", _("At its last run it was equal to its segment."))


def next_run_words(audience: Audience, *, zone: ZoneInfo) -> str:
    """Return when the audience is looked at again without being asked, times in the shop's zone."""
    if audience.state in (AudienceState.ENDED, AudienceState.STOPPED):
        return _("not by itself")
    if audience.connection.state == ConnectionState.STOPPED:
        return _("not before the connection is mended")
    if audience.next_run_at is not None:
        moment = formats.date_format(audience.next_run_at.astimezone(zone), "DATETIME_FORMAT")
        return _("%(moment)s at the earliest") % {"moment": moment}
    if audience.schedule == Schedule.DAILY and audience.daily_at is not None:
        return _("daily at %(time)s") % {"time": formats.time_format(audience.daily_at)}
    if audience.schedule == Schedule.REFRESH:
        return _("after the next refresh of its segment")
    return _("when somebody asks")


# What a run is busy with, by `SyncRun.phase`.
PHASES: dict[str, str | Promise] = {
    "compare": gettext_lazy("comparing with the service"),
    "leave": gettext_lazy("finding out who may not be there any more"),
    "difference": gettext_lazy("finding out who is to be added and removed"),
    "remove": gettext_lazy("removing"),
    "add": gettext_lazy("adding"),
    "replace": gettext_lazy("sending everybody who stays"),
    "settle": gettext_lazy("waiting until the service has confirmed"),
    "close": gettext_lazy("completing the replacement"),
    "wrap": gettext_lazy("completing"),
}
_RUN_TONES = {
    RunState.RUNNING: "info",
    RunState.WAITING: "info",
    RunState.DONE: "good",
    RunState.HELD: "warn",
    RunState.FAILED: "bad",
    RunState.CANCELLED: "",
}


def run_standing(run: SyncRun) -> Standing:
    """Return how a run stands, or what came of it, with its figures."""
    state = RunState(run.state)
    return Standing(str(state.label), _RUN_TONES[state], _run_sentence(run), run.hint)


def _run_sentence(run: SyncRun) -> str:
    if run.state == RunState.RUNNING:
        return str(PHASES.get(run.phase, _("has begun")))
    if run.error:
        return run.error
    if run.state == RunState.WAITING:
        return _("The service is still working on what was sent; it is asked again by itself.")
    if run.state == RunState.HELD:
        words = ngettext(
            "%(count)s removal was held back.", "%(count)s removals were held back.", run.to_remove
        )
        return words % {"count": figure(run.to_remove)}
    if run.state == RunState.CANCELLED:
        return _("Cancelled. What was sent stays noted; the next run goes on from there.")
    return _outcome(run)


def _outcome(run: SyncRun) -> str:
    figures = {
        "added": figure(run.added),
        "updated": figure(run.updated),
        "removed": figure(run.removed),
        "refused": figure(run.refused),
        "repaired": figure(run.repaired),
        "to_add": figure(run.to_add),
        "to_update": figure(run.to_update),
        "to_remove": figure(run.to_remove),
    }
    if run.kind == RunKind.DRY_RUN:
        if not (run.to_add or run.to_remove or run.to_update):
            return _("There is nothing to send: nobody would be added or removed.")
        words = _(
            "Would be added: %(to_add)s, sent anew: %(to_update)s, removed: %(to_remove)s. "
            "Nothing was sent."
        )
        return words % figures
    if run.repaired:
        words = _(
            "Added: %(added)s, sent anew: %(updated)s, removed: %(removed)s, refused: "
            "%(refused)s; put right after comparing: %(repaired)s."
        )
        return words % figures
    if not (run.added or run.removed or run.refused or run.updated):
        return _("Nothing had to be changed.")
    words = _(
        "Added: %(added)s, sent anew: %(updated)s, removed: %(removed)s, refused: %(refused)s."
    )
    return words % figures


def member_standing(member: AudienceMember) -> Standing:
    """Return where a person of an audience stands, and why."""
    state = MemberState(member.state)
    if state == MemberState.IN:
        return Standing(_("in"), "good", _("The service confirmed that this person is in it."))
    if state == MemberState.PENDING_ADD:
        words = _("To be added; the service has not confirmed it yet.")
        return Standing(_("on the way in"), "info", words)
    if state == MemberState.PENDING_REMOVE and member.returns:
        words = _("Being taken out under the old address, to come back under the new one.")
        return Standing(_("changing"), "info", words)
    if state == MemberState.PENDING_REMOVE:
        words = _("To be taken out; the service has not confirmed it yet.")
        return Standing(_("on the way out"), "info", words)
    if state == MemberState.REFUSED:
        words = member.reason or _("The service does not take this person.")
        return Standing(_("refused"), "bad", words)
    if state == MemberState.ERROR:
        words = member.reason or _("The service refused some people without naming them.")
        hint = _("It is tried again by itself.")
        return Standing(_("not confirmed"), "warn", words, hint)
    return Standing(_("out"), "", member.reason or _("Was in it once and has been taken out."))
