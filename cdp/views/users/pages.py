"""The pages on which administrators let people in, change their roles, and keep them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cdp import lockouts, users
from cdp.models import User
from cdp.pages import page, show, user_of
from cdp.views.users.forms import ROLE_CHOICES, InvitedUserForm, RoleForm

PAGE_SIZE = 50
LINK = "password_link"


@dataclass(frozen=True)
class Row:
    """A user as the list shows them."""

    user: User
    role: str
    is_locked: bool


@dataclass(frozen=True)
class Deed:
    """Something to be done to a user at the press of a button, and what is said afterwards."""

    do: Callable[..., None]
    done: str | Promise
    permission: str = "cdp.change_user"


DEEDS = {
    "deactivate": Deed(
        users.deactivate, gettext_lazy("%(name)s is deactivated and out from the next click on.")
    ),
    "reactivate": Deed(users.reactivate, gettext_lazy("%(name)s can log in again.")),
    "remove-two-step": Deed(
        users.remove_second_factor,
        gettext_lazy("The password alone lets %(name)s in now."),
    ),
    "unlock": Deed(users.unlock, gettext_lazy("%(name)s can try to log in again.")),
    "delete": Deed(users.delete, gettext_lazy("%(name)s was deleted."), "cdp.delete_user"),
}


@page("cdp.change_user")
def people(request: HttpRequest) -> HttpResponseBase:
    """List everybody who has an account here."""
    rows = Paginator(users.everybody(), PAGE_SIZE).get_page(request.GET.get("page"))
    names = [user.get_username() for user in rows]
    locked = lockouts.locked_names(names, now=timezone.now())
    shown = [Row(user, users.role_of(user), user.get_username() in locked) for user in rows]
    return show(request, "cdp/users/list.html", {"rows": rows, "people": shown}, title=_("Users"))


@page("cdp.add_user")
def invite(request: HttpRequest) -> HttpResponseBase:
    """Ask who is to come in; the next page shows the link to hand over."""
    form = InvitedUserForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        role = form.cleaned_data["role"]
        user = users.invite(form.save(commit=False), role, by=user_of(request), now=timezone.now())
        _keep_link(request, user, users.link_parts(user))
        return redirect("users:detail", user.pk)
    return show(request, "cdp/users/new.html", {"form": form}, title=_("Invite a user"))


@page("cdp.change_user")
def detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one user and what can be done; a new link is shown here once."""
    user = get_object_or_404(users.everybody(), pk=pk)
    link = request.session.pop(LINK, None)
    role = users.role_of(user)
    me = user_of(request)
    content = {
        "person": user,
        "role": role,
        "is_locked": bool(lockouts.locked_names([user.get_username()], now=timezone.now())),
        "is_me": user.pk == me.pk,
        "is_beyond_reach": user.is_superuser and not me.is_superuser,
        "form": RoleForm(initial={"role": role}),
        "link": link["address"] if link and link["user"] == pk else "",
    }
    title = _("User %(name)s") % {"name": user.get_username()}
    return show(request, "cdp/users/detail.html", content, title=title)


@require_POST
@page("cdp.change_user")
def change_role(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a user another role."""
    user = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles."))
        return redirect("users:detail", pk)
    role = form.cleaned_data["role"]
    try:
        users.change_role(user, role, by=user_of(request), now=timezone.now())
    except users.UserRefused as error:
        messages.error(request, str(error))
    else:
        label = dict(ROLE_CHOICES)[role]
        said = _("%(name)s now has the role %(role)s.")
        messages.success(request, said % {"name": user.get_username(), "role": label})
    return redirect("users:detail", pk)


@require_POST
@page("cdp.change_user")
def make_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make a link with which a user chooses a password; it is shown once, on their page."""
    user = get_object_or_404(User, pk=pk)
    try:
        parts = users.make_password_link(user, by=user_of(request), now=timezone.now())
    except users.UserRefused as error:
        messages.error(request, str(error))
    else:
        _keep_link(request, user, parts)
    return redirect("users:detail", pk)


@require_POST
@page("cdp.change_user")
def act(request: HttpRequest, pk: int, deed: str) -> HttpResponseBase:
    """Do one of the deeds that need no further question."""
    if deed not in DEEDS:
        raise Http404
    if not request.user.has_perm(DEEDS[deed].permission):
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    try:
        DEEDS[deed].do(user, by=user_of(request), now=timezone.now())
    except users.UserRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, DEEDS[deed].done % {"name": user.get_username()})
    return redirect("users:detail", pk) if user.pk else redirect("users:list")


def _keep_link(request: HttpRequest, user: User, parts: tuple[str, str]) -> None:
    """Keep a link until the next page has shown it."""
    address = request.build_absolute_uri(reverse("account:set_password", args=parts))
    request.session[LINK] = {"user": user.pk, "address": address}
