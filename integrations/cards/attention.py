"""What stands still at the services outside until somebody does something."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.card_contents import Sentence, Sentences, Tone
from cdp.dashboard import Card, Place, cards
from cdp.models import User
from integrations.attention import Trouble, troubles
from integrations.models import Connection

MOST_SHOWN = 6


@cards.register
class AttentionCard(Card[User]):
    """Nothing while all is well."""

    key = "attention"
    title = gettext_lazy("Needs attention")
    place = Place.DASHBOARD
    permission = "integrations.view_audience"
    position = 15
    is_wide = True

    def content(self, subject: User, *, now: datetime) -> Sentences | None:
        """Name each thing that stands still, with the page where it goes on."""
        found = troubles()
        if not found:
            return None
        shown = [_sentence(one) for one in found[:MOST_SHOWN]]
        more = len(found) - len(shown)
        if more:
            words = ngettext(
                "%(count)d more needs attention.", "%(count)d more need attention.", more
            )
            text = words % {"count": more}
            shown.append(Sentence(text, reverse("audiences:list"), _("All audiences")))
        return Sentences(tuple(shown))


def _sentence(trouble: Trouble) -> Sentence:
    tone = cast("Tone", trouble.tone)
    if isinstance(trouble.thing, Connection):
        url = reverse("connections:detail", args=[trouble.thing.pk])
        return Sentence(trouble.text, url, _("Open the connection"), tone)
    url = reverse("audiences:detail", args=[trouble.thing.pk])
    return Sentence(trouble.text, url, _("Open the audience"), tone)
