"""The kinds of content that cards of every app may have; `templates/components/` draws each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from cdp.dashboard import Content

Number = int | float | Decimal
LARGE_AMOUNT = 1000
Tone = Literal["", "good", "warn", "bad", "info"]


@dataclass(frozen=True)
class Stat:
    """A figure, by how much it changed (0.1: up a tenth), and what it says.

    `change_tone` tells whether the change is to be welcomed.
    """

    label: str
    value: Number | None
    form: Literal["number", "money", "share"] = "number"
    change: float | None = None
    note: str = ""
    url: str = ""

    @property
    def decimals(self) -> int:
        """Cents matter in small amounts only."""
        return 0 if self.value is None or abs(float(self.value)) >= LARGE_AMOUNT else 2

    @property
    def change_tone(self) -> Tone:
        """Up is welcome, down is not, and what rounds to nothing is neither."""
        if self.change is None or abs(self.change) < 0.005:
            return ""
        return "good" if self.change > 0 else "bad"


@dataclass(frozen=True)
class Stats(Content):
    """Figures side by side."""

    template: ClassVar[str] = "components/card_stats.html"
    stats: tuple[Stat, ...]
    caption: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Fact:
    """A line: what, and how it is. A moment is told as how long ago it was."""

    label: str
    text: str = ""
    moment: datetime | None = None
    url: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Facts(Content):
    """Lines one below the other, and sentences that somebody should read first."""

    template: ClassVar[str] = "components/card_facts.html"
    facts: tuple[Fact, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """A finding. `link` is the text of a link to `url`."""

    text: str
    url: str = ""
    link: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Sentences(Content):
    """Findings in words: each a sentence, what to do about it, and where."""

    template: ClassVar[str] = "components/card_sentences.html"
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Cell:
    """A figure of a matrix, how dark it is (0 to 5), and where its things are listed."""

    value: int
    step: int
    url: str
    label: str


@dataclass(frozen=True)
class Choice:
    """A criterion of which somebody may choose a value: (value, label) each."""

    label: str
    criterion: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Matrix(Content):
    """Figures by two labels. `choices` begin a segment at the address of the builder, if given."""

    template: ClassVar[str] = "components/card_matrix.html"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    note: str = ""
    choices: tuple[Choice, ...] = ()
    builder_url: str = ""


@dataclass(frozen=True)
class Row:
    """A name that is a link, its figures, and what is wrong with it."""

    label: str
    url: str
    values: tuple[Number | None, ...]
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Table(Content):
    """Names with figures; the first of the columns is the name's."""

    template: ClassVar[str] = "components/card_table.html"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    url: str = ""
    link: str = ""
