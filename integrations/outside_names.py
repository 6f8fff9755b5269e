"""Names that outsiders may read: neutral, and without words that ad platforms flag.

Ad platforms block audiences whose names suggest health, money troubles, faith, politics, sex,
origin or crime; whoever sees the name there should learn nothing about the people in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # Without I and O, which look like digits.

# Beginnings of words in English, Danish, German and Italian, without accents, by what they touch.
# A hyphen at the end asks for the whole word.
_FLAGGED = {
    gettext_noop("health"): (
        "health sick- illness disease disab pregnan diabet cancer allerg obes overweight "
        "depress anxi medic drug addict therap patient hiv- aids- fertil menopaus insomnia pain- "
        "sundhed syg- sygdom syge gravid kraeft overvaegt medicin misbrug angst "
        "gesund krank schwanger krebs uebergewicht ubergewicht sucht behinder schmerz "
        "salute malat gravid incint cancro sovrappeso farmac dipendenz disabil"
    ),
    gettext_noop("money troubles"): (
        "debt bankrupt insolven loan- payday poor- poverty unemploy jobless foreclos credit "
        "low-income gaeld konkurs laan- fattig arbejdsloes arbejdslos kredit "
        "schuld- schulden insolvenz pleite arm- armut arbeitslos "
        "debit- debiti debito prestit povert pover disoccupat fallit credito"
    ),
    gettext_noop("religion"): (
        "religi christian catholic protestant muslim islam jew- jews- jewish hindu buddhis church "
        "kristen kristne katol moske kirke joed- joede joedisk "
        "christlich evangelisch moslem jud- juden judisch jued kirche "
        "cristian cattolic musulman ebre- ebrei ebraic chiesa"
    ),
    gettext_noop("politics"): (
        "politic voter republican democrat socialis communis conservativ union-member trade-union "
        "politik vaelger socialist konservativ fagforening wahler waehler gewerkschaft partei "
        "elettor sindacat socialista comunista"
    ),
    gettext_noop("sex and sexual orientation"): (
        "sex- sexy- sexual gay- lesbian lgbt transgender queer homosexu bisexu erotic porn "
        "boesse homoseksu lesbisk seksu schwul lesbisch homosexuell sexuell "
        "sessual omosessual lesbica transessual erotico erotica"
    ),
    gettext_noop("origin"): (
        "race- racial ethnic black- white- asian- african- hispanic latino immigrant refugee gypsy "
        "roma- etnisk indvandrer flygtning ethnisch auslander auslaender fluchtling fluechtling "
        "migrant etnic straniero stranieri immigrat rifugiat rom- zigeuner"
    ),
    gettext_noop("crime"): (
        "crimin convict prison offender felon arrest "
        "kriminel straffet faengsel kriminell vorbestraft haftling haeftling gefangnis "
        "carcer detenut reato condannat"
    ),
}
_WORD = re.compile(r"[a-z]+")
_SPELLED = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss"})


def warnings(name: str) -> list[str]:
    """Return a sentence for each word of the name that ad platforms may flag; empty if none."""
    found = []
    for word, touched in _flagged(name):
        found.append(
            _("“%(word)s” may be taken to tell something about %(subject)s of the people.")
            % {"word": word, "subject": _(touched)}
        )
    return found


def neutral_name(segment_id: int) -> str:
    """Return a name that tells nothing, the same for a segment every time: Customers A7."""
    letter = LETTERS[segment_id * 7 % len(LETTERS)]
    return _("Customers %(code)s") % {"code": f"{letter}{segment_id}"}


def is_own_name(name: str, segment_name: str) -> bool:
    """Whether the name is the segment's own, whatever its case, accents and signs."""
    own = _letters(segment_name)
    return bool(own) and own == _letters(name)


def _flagged(name: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a name that begin like a flagged one, each once, and what they touch."""
    shown = name.split()
    for word in dict.fromkeys(shown):
        for part in _WORD.findall(_plain(word)) + _WORD.findall(_unaccented(word)):
            touched = _touched(part)
            if touched:
                yield word.strip(".,;:!?()[]\"'"), touched
                break


def _touched(word: str) -> str:
    for subject, stems in _FLAGGED.items():
        for stem in stems.split():
            is_whole = stem.endswith("-")
            if word == stem.rstrip("-") or (not is_whole and word.startswith(stem)):
                return subject
    return ""


def _plain(text: str) -> str:
    """Return small letters, with the spellings that people use where they have no special keys."""
    spelled = text.lower().translate(_SPELLED)
    spelled = spelled.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return _unaccented(spelled)


def _unaccented(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.lower())
    return "".join(one for one in spread if not unicodedata.combining(one))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, _plain(text)))
