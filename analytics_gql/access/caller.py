"""The caller: on whose behalf a statement runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MAX_ROWS_OF_TIER = {1: 100, 2: 10_000, 3: 1_000_000}
"""Rows that one answer may have, by tier, where the configuration says nothing else."""

EVERY_ROLE = "*"
"""Stands in a caller's roles for all that there are."""

DocumentMode = Literal["open", "safelist-log", "safelist"]
"""Whether documents that are not registered are answered: yes, yes with a line in the log, no."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Comes from the credential alone, never from an argument.

    A caller without a tenant may read shared tables only. EVERY_ROLE among the roles is all of
    them, also those that a model comes to name later. `documents` stands above the server's
    own mode; `may_register` allows automatic persisted queries.
    """

    tenant: str | None
    roles: tuple[str, ...] = ()
    tier: int = 1
    # How questions may be put. No answer depends on it, so callers are equal without it.
    documents: DocumentMode | None = field(default=None, compare=False)
    may_register: bool = field(default=False, compare=False)
    # What the configuration says of the tier; one of its own has to bring it.
    rows: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.rows is None and self.tier not in MAX_ROWS_OF_TIER:
            raise ValueError(
                f"tier must be one of {sorted(MAX_ROWS_OF_TIER)}, or of the configured ones, "
                f"not {self.tier}"
            )
        if self.tenant == "":
            raise ValueError("a tenant must not be empty; leave it out instead")

    @property
    def max_rows(self) -> int:
        """Rows that one answer may have."""
        return MAX_ROWS_OF_TIER[self.tier] if self.rows is None else self.rows

    def roles_among(self, named: frozenset[str]) -> frozenset[str]:
        """Those of some roles that the caller has."""
        return named if EVERY_ROLE in self.roles else named.intersection(self.roles)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller whose credential was looked at, and the Unix time until which it holds, if any.

    `name` is what the credential is called, by which people know whose it is; never itself.
    `client` names whose rate counts: a key, a token's subject, a signed URL; without credentials
    an address, or this machine.
    """

    caller: Caller
    until: float | None = None
    name: str | None = None
    client: str = "this machine"
