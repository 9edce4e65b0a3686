"""Who may see what: the roles that @access asks for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Clearance:
    """What a caller needs to see something: a role of each of these sets.

    One set is what one @access says. There are several where one thing rests on others. Without
    any, everybody may see it.
    """

    sets: frozenset[frozenset[str]] = frozenset()

    def is_met_by(self, roles: Collection[str]) -> bool:
        """Whether a caller with these roles may see it."""
        return not any(needed.isdisjoint(roles) for needed in self.sets)

    def along_with(self, *others: Clearance) -> Clearance:
        """What is needed for this and for each of the others."""
        sets = self.sets.union(*(other.sets for other in others))
        # Who has one of the smaller set has one of the larger.
        return Clearance(frozenset(one for one in sets if not any(less < one for less in sets)))

    def implies(self, other: Clearance) -> bool:
        """Whether all who meet this meet the other."""
        return all(any(mine <= needed for mine in self.sets) for needed in other.sets)

    @property
    def roles(self) -> frozenset[str]:
        """Every role that counts for it."""
        return frozenset().union(*self.sets)

    def __repr__(self) -> str:
        """The same in every process: a set's own depends on how hashes fall."""
        return f"Clearance({self})"

    def __str__(self) -> str:
        """`finance or board`, `(finance or board) and crm`; `everybody`."""
        parts = sorted(" or ".join(sorted(needed)) for needed in self.sets)
        if len(parts) > 1:
            parts = [f"({part})" if " or " in part else part for part in parts]
        return " and ".join(parts) or "everybody"


FOR_ALL = Clearance()
