"""Changes of a schema, and how much they weigh."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """What a change does to those who ask, the heaviest first."""

    BREAKING = "breaking"
    """A question that was answered may be refused."""
    MEANING = "meaning"
    """Every question is answered, and some with other values than before."""
    DANGEROUS = "dangerous"
    """A question may be answered otherwise than its author expects."""
    ADDITIVE = "additive"
    """Every question is answered as before."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `kind` is a stable word for machines, `message` a sentence for people.

    `members` are the schema coordinates whose values, or whose use, it touches. Of a changed
    meaning, `was` and `now` say what stood there, None where nothing did.
    """

    level: Level
    kind: str
    message: str
    members: tuple[str, ...] = ()
    was: str | None = None
    now: str | None = None
