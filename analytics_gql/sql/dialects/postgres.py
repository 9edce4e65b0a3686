"""PostgreSQL."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind


class PostgresDialect:
    """Every parameter is cast, so that the server infers one type for it everywhere."""

    name = "postgres"
    seeks_in_indexes = True
    sorts_nulls_as_large = True
    decimals_can_be_nan = True
    writes_csv = True

    def parameter(self, number: int, kind: ColumnKind, *, many: bool) -> exp.Expr:
        """`CAST($1 AS DATE)`, `CAST($1 AS TEXT[])`."""
        parameter = exp.Parameter(this=exp.Literal.number(number))
        return exp.cast(parameter, _type(kind, many=many))

    def padding(self, kind: ColumnKind) -> exp.Expr:
        """A typed NULL: UNION resolves types pairwise, and NULL with NULL is text."""
        return exp.cast(exp.Null(), _type(kind, many=False))

    def by_code_point(self, text: exp.Expr) -> exp.Expr:
        """The database's own collation would sort by language, and may hold 'a' equal to 'A'."""
        if isinstance(text, exp.Collate):
            return text
        return exp.Collate(this=text, expression=exp.to_identifier("C", quoted=True))

    def type_name(self, expression: exp.Expr) -> exp.Expr:
        """`pg_typeof` gives the type itself, whose text is its name."""
        return exp.cast(exp.Anonymous(this="pg_typeof", expressions=[expression]), exp.DType.TEXT)

    def microseconds(self, timestamp: exp.Expr) -> exp.Expr:
        """PostgreSQL counts nothing finer."""
        return timestamp

    def rounded(self, number: exp.Expr) -> exp.Expr:
        """By way of text: ROUND counts digits from the point, not from the first one."""
        form = exp.Literal.string("9.99999999999EEEE")
        digits = exp.Anonymous(this="TO_CHAR", expressions=[number, form])
        return exp.cast(digits, exp.DType.DOUBLE)

    def percentile(self, number: exp.Expr, fraction: exp.Expr) -> exp.Expr:
        """The ordered-set aggregate of the SQL standard."""
        double = exp.cast(number, exp.DType.DOUBLE)
        return exp.WithinGroup(
            this=exp.PercentileCont(this=fraction),
            expression=exp.Order(expressions=[exp.Ordered(this=double)]),
        )


_TYPES = {
    ColumnKind.TEXT: "TEXT",
    ColumnKind.BOOLEAN: "BOOLEAN",
    ColumnKind.INTEGER: "BIGINT",
    ColumnKind.DECIMAL: "DECIMAL",
    ColumnKind.FLOAT: "DOUBLE PRECISION",
    ColumnKind.DATE: "DATE",
    ColumnKind.TIMESTAMP: "TIMESTAMP",
    ColumnKind.INSTANT: "TIMESTAMPTZ",
    ColumnKind.UUID: "UUID",
    ColumnKind.OTHER: "TEXT",
}
_BUILT = {
    (kind, many): exp.DataType.build(name + ("[]" if many else ""), dialect="postgres")
    for kind, name in _TYPES.items()
    for many in (False, True)
}


def _type(kind: ColumnKind, *, many: bool) -> exp.DataType:
    return _BUILT[kind, many].copy()
