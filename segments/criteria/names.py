"""Which of the names in a row the shop does not know (yet)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext

from cdp.text import key
from segments.spelling import suggest

LOOKED_AT = 5_000
# More unknown names than this are told together.
NAMED_ONE_BY_ONE = 5


def many_strangers(names: list[str], *, what: str) -> str:
    """Return one sentence about many names that the shop does not know."""
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_ONE_BY_ONE])
    return gettext("The shop knows no %(what)s of these %(count)s names yet: %(names)s …") % {
        "what": what,
        "count": len(names),
        "names": shown,
    }


def strangers(
    names: Iterable[str], known: QuerySet, *, by: str, label: str, what: str
) -> list[str]:
    """Return a sentence for each of `names` that no row of `known` carries in its column `by`.

    `label` is the column that people read, `what` says what was looked for. Such a row is no error:
    the name may come with the next import.
    """
    wanted = {key(name): name for name in names}
    found = set(known.filter(**{f"{by}__in": list(wanted)}).values_list(by, flat=True))
    missing = [name for comparable, name in wanted.items() if comparable not in found]
    if not missing:
        return []
    if len(missing) > NAMED_ONE_BY_ONE:
        return [many_strangers(missing, what=what)]
    others = known.exclude(**{by: ""}).values_list(label, flat=True).distinct()[:LOOKED_AT]
    near = [str(other) for other in others]
    return [
        (
            gettext("The shop knows no %(what)s “%(name)s” yet.") % {"what": what, "name": name}
            + f" {suggest(name, near)}"
        ).strip()
        for name in missing
    ]
