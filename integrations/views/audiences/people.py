"""The people of an audience: is this person there, and who was refused, is on the way or is in?"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cdp.pages import page
from integrations.audience_words import member_standing
from integrations.models import Audience, MemberState
from integrations.views.audiences.frame import audience_of, show_audience
from integrations.whereabouts import people_called, whereabouts_of

ROWS_PER_PAGE = 50
REFUSED = "refused"
# What can be listed: how it is called, which states it holds, what is said when it is empty.
LISTS = {
    REFUSED: (
        _("Refused"),
        (MemberState.REFUSED, MemberState.ERROR),
        _("Nobody has been refused."),
    ),
    "leaving": (_("On the way out"), (MemberState.PENDING_REMOVE,), _("Nobody is on the way out.")),
    "entering": (_("On the way in"), (MemberState.PENDING_ADD,), _("Nobody is on the way in.")),
    "in": (_("Are there"), (MemberState.IN,), _("Nobody is there yet.")),
}


@page("integrations.view_audience")
@require_safe
def people(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a list of people, at first those the service refused, and a search for one person."""
    return _shown(request, audience_of(pk))


@page("cdp.view_contact_data")
@sensitive_post_parameters("who")
@require_POST
def person(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say whether a person is in the audience. Asked by POST, so that no address holds a name."""
    audience = audience_of(pk)
    who = request.POST.get("who", "").strip()
    found = whereabouts_of(audience, people_called(who))
    return _shown(request, audience, who=who, found=found, has_asked=True)


def _shown(request: HttpRequest, audience: Audience, **asked: object) -> HttpResponseBase:
    which = request.GET.get("show", "")
    which = which if which in LISTS else REFUSED
    label, states, nobody = LISTS[which]
    members = audience.members.filter(state__in=states).select_related("customer")
    rows = Paginator(members.order_by("-pk"), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": rows,
        "members": [(member, member_standing(member)) for member in rows],
        "which": which,
        "list_label": label,
        "nobody": nobody,
        "lists": [(key, label) for key, (label, _states, _nobody) in LISTS.items()],
        **asked,
    }
    return show_audience(request, "audiences/people.html", audience, context, tab="people")
