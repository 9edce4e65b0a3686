"""The caller: on whose behalf a statement runs."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ROWS_OF_TIER = {1: 100, 2: 10_000, 3: 1_000_000}
"""Rows that one answer may have, by tier."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Comes from the credential alone, never from an argument.

    A caller without a tenant may read shared tables only.
    """

    tenant: str | None
    roles: tuple[str, ...] = ()
    tier: int = 1

    def __post_init__(self) -> None:
        if self.tier not in MAX_ROWS_OF_TIER:
            raise ValueError(f"tier must be one of {sorted(MAX_ROWS_OF_TIER)}, not {self.tier}")
        if self.tenant == "":
            raise ValueError("a tenant must not be empty; leave it out instead")

    @property
    def max_rows(self) -> int:
        """Rows that one answer may have."""
        return MAX_ROWS_OF_TIER[self.tier]
