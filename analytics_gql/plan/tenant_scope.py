"""The one way to a table."""

from __future__ import annotations

from collections.abc import Iterable

from analytics_gql.access.caller import Caller
from analytics_gql.errors import TenantRequiredError
from analytics_gql.model.relation import Relation
from analytics_gql.plan.nodes import Scan


def scan(relation: Relation, caller: Caller, *, alias: str, columns: Iterable[str]) -> Scan:
    """Read columns of a table on behalf of a caller.

    The tenant predicate belongs to the scan itself: outside it, it would change the answer of an
    outer join. Raises TenantRequiredError for a tenanted table and a caller without a tenant.
    """
    require_tenant(relation, caller)
    return Scan(alias, relation, tuple(sorted(set(columns))))


def require_tenant(relation: Relation, caller: Caller) -> None:
    """Raise TenantRequiredError if the table has tenants and the caller belongs to none."""
    if relation.tenant is not None and caller.tenant is None:
        raise TenantRequiredError(
            "this data belongs to tenants, and your key to none",
            hint="ask the server's operator for a key with a tenant",
        )
