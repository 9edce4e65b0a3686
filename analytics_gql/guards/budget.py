"""How much one operation may cost, by the caller's tier."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_gql.access.caller import Caller
from analytics_gql.errors import QueryTooComplexError
from analytics_gql.guards.price import Price

PARTS_TOLD = 3
"""So many parts of a price are told to those who are over their budget."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The points of one operation for each tier. A tier that has none is not limited."""

    of_tier: tuple[tuple[int, int], ...] = ()

    def of(self, caller: Caller) -> int | None:
        """What an operation of the caller may cost."""
        return dict(self.of_tier).get(caller.tier)


UNLIMITED = Budgets()


def check_budget(price: Price, budget: int) -> None:
    """Raise QueryTooComplexError if the price is more than the budget."""
    if price.requested <= budget:
        return
    parts = tuple((part.name, round(part.points, 1)) for part in price.by_points[:PARTS_TOLD])
    dearest = "; ".join(f"{name}: {points:,.0f}" for name, points in parts)
    raise QueryTooComplexError(
        f"the operation costs {price.requested:,} points, and your tier has {budget:,} for one; "
        f"most of it is {dearest}",
        hint="ask for a shorter dateRange, a coarser granularity, fewer dimensions, metrics or "
        "rows; split the operation; or have the document registered",
        cost=price.requested,
        budget=budget,
        parts=parts,
    )
