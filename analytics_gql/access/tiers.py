"""Tiers: how much their callers may ask, by number. Those of the configuration stand above ours."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import orjson

from analytics_gql.access.caller import MAX_ROWS_OF_TIER
from analytics_gql.errors import SettingsError

MOST_TOKENS = 10_000_000
"""Redis counts in doubles, a sixty-millionth of a token each: so many are still exact."""


@dataclass(frozen=True, slots=True)
class Tier:
    """What one client of it may ask: tokens in a minute, at once and in a day, rows, points.

    Without a `per_day` a day is not limited; without a `per_minute` nothing is counted. `rows` are
    those of one answer, `budget` the points of one operation. `timeout_s`: seconds that a statement
    may run, where that is less than every statement may.
    """

    per_minute: int | None
    burst: int | None
    per_day: int | None
    rows: int
    budget: int
    timeout_s: float | None = None


STANDARD: dict[int, Tier] = {
    # A point is up to a millisecond of the demo's warehouse; see benchmarks/prices.py.
    1: Tier(100, 100, 10_000, MAX_ROWS_OF_TIER[1], 1_000),
    2: Tier(1_000, 1_000, 100_000, MAX_ROWS_OF_TIER[2], 5_000),
    3: Tier(10_000, 10_000, None, MAX_ROWS_OF_TIER[3], 50_000),
}


class Tiers:
    """All tiers that there are, by their numbers."""

    def __init__(self, tiers: dict[int, Tier]) -> None:
        self.by_number = dict(sorted(tiers.items()))

    def __getitem__(self, number: int) -> Tier:
        return self.by_number[number]

    def __contains__(self, number: object) -> bool:
        return number in self.by_number

    def rows_of(self, number: int) -> int | None:
        """Rows of one answer; None if there is no such tier."""
        tier = self.by_number.get(number)
        return None if tier is None else tier.rows

    @property
    def numbers(self) -> str:
        """Their numbers in words."""
        return ", ".join(map(str, self.by_number))


STANDARD_TIERS = Tiers(STANDARD)


def check_tier(number: int, tiers: Tiers) -> None:
    """Raise SettingsError if there is no such tier."""
    if number not in tiers:
        raise SettingsError(
            f"there is no tier {number}",
            hint=f"it is one of {tiers.numbers}; ANALYTICS_GQL_TIERS may say others",
        )


_FORM = (
    'write {"1": {"per_minute": 200}, "4": {"per_minute": 50, "per_day": null, "rows": 1000, '
    '"budget": 500}}: members that are left out are those of our tier of that number; `burst` is '
    "`per_minute` where it is left out, and `timeout_s` need not be there"
)


def read_tiers(text: str | None) -> Tiers:
    """The tiers that a JSON object says, and ours where it says nothing. Raises SettingsError."""
    if text is None:
        return STANDARD_TIERS
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"the tiers are not JSON: {error}", hint=_FORM) from error
    if not isinstance(said, dict):
        raise SettingsError("the tiers are not a JSON object", hint=_FORM)
    tiers = dict(STANDARD)
    for name, members in said.items():
        if not (name.isascii() and name.isdigit() and 1 <= int(name) <= 1_000):
            raise SettingsError(f"'{name[:40]}' is no tier: it is 1 to 1000", hint=_FORM)
        number = int(name)
        tiers[number] = _tier(number, members, tiers.get(number))
    return Tiers(tiers)


_NAMES = tuple(member.name for member in fields(Tier))
_NEEDED = tuple(name for name in _NAMES if name != "timeout_s")


def _tier(number: int, members: Any, ours: Tier | None) -> Tier:
    if not isinstance(members, dict):
        raise SettingsError(f"tier {number} is not a JSON object", hint=_FORM)
    for name, value in members.items():
        if name not in _NAMES:
            raise SettingsError(f"tier {number} has an unknown '{name[:40]}'", hint=_FORM)
        if name in ("per_day", "per_minute") and value is None:
            continue
        if name == "timeout_s":
            if type(value) not in (int, float) or value <= 0:
                raise SettingsError(
                    f"`timeout_s` of tier {number} is no number of seconds", hint=_FORM
                )
            continue
        if type(value) is not int or not 1 <= value <= MOST_TOKENS:
            raise SettingsError(
                f"`{name}` of tier {number} is no whole number from 1 to {MOST_TOKENS:,}",
                hint=_FORM,
            )
    if "per_minute" in members:
        members = {"burst": members["per_minute"]} | members
    lacking = [name for name in _NEEDED if name not in members]
    if lacking and ours is None:
        raise SettingsError(f"tier {number} has no `{lacking[0]}`", hint=_FORM)
    tier = Tier(**members) if ours is None else replace(ours, **members)
    if tier.per_minute is None and (tier.burst is not None or tier.per_day is not None):
        raise SettingsError(
            f"tier {number} has no limit for a minute, but one for a day or at once",
            hint="with `per_minute` null, `per_day` has to be null, and `burst` is left out",
        )
    return tier
