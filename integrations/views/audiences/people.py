"""The people of an audience: is this person there, and whom did the service refuse and why?"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cdp.pages import page
from integrations.audience_words import member_standing
from integrations.models import Audience, MemberState
from integrations.views.audiences.frame import audience_of, show_audience
from integrations.whereabouts import people_called, whereabouts_of

ROWS_PER_PAGE = 50


@page("integrations.view_audience")
@require_safe
def people(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show whom the service refused, and a search for one person."""
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
    states = (MemberState.REFUSED, MemberState.ERROR)
    refused = audience.members.filter(state__in=states).select_related("customer")
    rows = Paginator(refused.order_by("-changed_at", "pk"), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "rows": rows,
        "refused": [(member, member_standing(member)) for member in rows],
        **asked,
    }
    return show_audience(request, "audiences/people.html", audience, context, tab="people")
