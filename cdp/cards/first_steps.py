"""What a new shop has to do first, with a tick beside what is done already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.clock import latest_refresh
from cdp.dashboard import Card, Content, Place, cards
from cdp.models import Order, Shop, User
from integrations.models import Audience
from segments.models import Export, SecretLink, Segment

UNNAMED = "My shop"


@dataclass(frozen=True)
class Step:
    """Something to do, why, and where; without address it is somebody else's to do."""

    title: str | Promise
    help: str | Promise
    link: str | Promise
    url: str
    is_done: bool


@dataclass(frozen=True)
class FirstSteps(Content):
    """All steps; `current` is the number of the first open one that the reader may take, else 0."""

    template: ClassVar[str] = "components/card_first_steps.html"
    steps: tuple[Step, ...]
    done_count: int
    current: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do for anybody."""
        return self.done_count == len(self.steps)


@dataclass(frozen=True)
class _Plan:
    title: str | Promise
    help: str | Promise
    link: str | Promise
    route: str
    permission: str
    is_done: Callable[[], bool]


def _is_shop_described() -> bool:
    shop = Shop.objects.current()
    return bool(shop.currency) and shop.name != UNNAMED


PLAN = (
    _Plan(
        gettext_lazy("Describe the shop"),
        gettext_lazy(
            "Its name, currency and time zone: a day begins at the shop's midnight, and money is "
            "counted in its currency."
        ),
        gettext_lazy("Open the settings"),
        "settings:shop",
        "cdp.change_shop",
        _is_shop_described,
    ),
    _Plan(
        gettext_lazy("Import customers and orders"),
        gettext_lazy(
            "Bring the files that your shop exports. Everything is checked before a row is stored, "
            "and a file may be imported again."
        ),
        gettext_lazy("Import a file"),
        "imports:list",
        "cdp.add_importrun",
        lambda: Order.objects.exists(),
    ),
    _Plan(
        gettext_lazy("Compare the totals"),
        gettext_lazy(
            "Orders, revenue and customers of each month beside what your shop says: five minutes "
            "that spare wrong mailings."
        ),
        gettext_lazy("Compare the totals"),
        "totals",
        "cdp.add_importrun",
        lambda: Shop.objects.current().totals_checked_at is not None,
    ),
    _Plan(
        gettext_lazy("Have the customers classified"),
        gettext_lazy(
            "Who is loyal, who slips away, who is lost: computed in the background after every "
            "import and every night."
        ),
        gettext_lazy("See how far it is"),
        "jobs:list",
        "cdp.view_job",
        lambda: latest_refresh() is not None,
    ),
    _Plan(
        gettext_lazy("Make the first segment"),
        gettext_lazy("Choose one of those suggested for your shop, or build one from conditions."),
        gettext_lazy("See the segments"),
        "segments:list",
        "segments.add_segment",
        lambda: Segment.objects.exists(),
    ),
    _Plan(
        gettext_lazy("Put a segment to use"),
        gettext_lazy(
            "Connect your newsletter or advertising service and keep a segment equal to an "
            "audience there. Or export its members as a file, on the segment's page under “Export "
            "& link”."
        ),
        gettext_lazy("Connect a service"),
        "connections:list",
        "integrations.add_connection",
        lambda: Audience.objects.exists() or Export.objects.exists() or SecretLink.objects.exists(),
    ),
    _Plan(
        gettext_lazy("Invite a colleague"),
        gettext_lazy("Everybody gets an account and a role; analysts never see contact data."),
        gettext_lazy("Open the users"),
        "users:list",
        "cdp.change_user",
        lambda: User.objects.filter(is_active=True).count() > 1,
    ),
)


@cards.register
class FirstStepsCard(Card[User]):
    """The checklist, until its user hides it."""

    key = "first_steps"
    title = gettext_lazy("First steps")
    place = Place.DASHBOARD
    permission = "cdp.add_importrun"
    position = 10
    is_wide = True

    def content(self, subject: User, *, now: datetime) -> FirstSteps | None:
        """Ask of each step whether it is done."""
        if subject.is_checklist_hidden:
            return None
        steps = tuple(
            Step(
                plan.title,
                plan.help,
                plan.link if subject.has_perm(plan.permission) else _("An administrator does this"),
                reverse(plan.route) if subject.has_perm(plan.permission) else "",
                plan.is_done(),
            )
            for plan in PLAN
        )
        mine = (number for number, step in enumerate(steps, 1) if step.url and not step.is_done)
        return FirstSteps(steps, sum(step.is_done for step in steps), next(mine, 0))
