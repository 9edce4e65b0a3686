"""How old an answer may be, how old it is, and whether that is young enough."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Reuse:
    """How long an answer may be used again beyond what its data version proves.

    Rows whose version is the current one are always as good as new ones. `max_age_s` holds where
    a table has no version; within `stale_while_revalidate_s` more, and where the version has
    moved, old rows are given while new ones are read.
    """

    max_age_s: float = 0
    stale_while_revalidate_s: float = 0

    def __post_init__(self) -> None:
        if not (self.max_age_s >= 0 and self.stale_while_revalidate_s >= 0):
            raise ValueError("ages are not negative")


BY_VERSION = Reuse()
"""Answers are used again while the data's version stands, and no longer."""


class Outcome(Enum):
    """Where an answer's rows came from."""

    READ = "read for this request, or for another one that asked the same at that time"
    REUSED = "kept, and as good as new"
    STALE = "kept, and older than the data; new ones are being read"


@dataclass(frozen=True, slots=True)
class Reading:
    """Which data an answer shows.

    They were the warehouse's at `known_at` (in seconds of the Unix epoch) for certain. `version`
    is never newer than the rows; None where a table that was read has none.
    """

    version: str | None
    known_at: float
    outcome: Outcome

    def age_s(self, now: float) -> float:
        """How long ago that was. Other hosts' clocks may go ahead: never negative."""
        return max(0.0, now - self.known_at)


@dataclass(frozen=True, slots=True)
class Answer:
    """The texts of a statement's rows, which nobody may change, and what was read."""

    rows: list[str]
    reading: Reading


def outcome_of(
    version: str | None, known_at: float, current: str | None, reuse: Reuse, now: float
) -> Outcome | None:
    """What kept rows of a version are good for; None if for nothing.

    `current` is the version of the data now.
    """
    if current is not None and version == current:
        return Outcome.REUSED
    age = max(0.0, now - known_at)
    fresh_for = reuse.max_age_s if current is None else 0
    if age < fresh_for:
        return Outcome.REUSED
    if age < fresh_for + reuse.stale_while_revalidate_s:
        return Outcome.STALE
    return None
