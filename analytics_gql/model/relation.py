"""Tables as a model reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where in schema.graphql something is said. Lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class TableName:
    """The name of a table, outermost part first: `("gold", "orders")`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as a model reads it. Every read of it goes through `plan.tenant_scope.scan`.

    Either `tenant` names the column that must equal the caller's tenant, or the table belongs to
    everybody: `shared`, or no table of the model has a tenant. `where` restricts every scan;
    `version` aggregates to a value that changes when the rows do. Their columns are the table's
    own, unqualified.
    """

    table: TableName
    tenant: str | None
    shared: bool
    where: exp.Expr | None
    version: exp.Expr | None
    place: Place = field(compare=False)
    tenant_kind: ColumnKind | None = None
