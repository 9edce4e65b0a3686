"""DuckDB."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind


class DuckDBDialect:
    """Parameters carry the type of their Python value; text is binary; decimals are finite."""

    name = "duckdb"
    seeks_in_indexes = False
    sorts_nulls_as_large = False
    decimals_can_be_nan = False
    writes_csv = False

    def parameter(self, number: int, kind: ColumnKind, *, many: bool) -> exp.Expr:
        """`$1`; arrays are typed, since an empty list has no type of its own."""
        parameter = exp.Parameter(this=exp.Literal.number(number))
        if not many:
            return parameter
        return exp.cast(parameter, exp.DataType.build(_ARRAYS[kind], dialect="duckdb"))

    def padding(self, kind: ColumnKind) -> exp.Expr:
        """A bare NULL takes the type of the other branches."""
        return exp.Null()

    def by_code_point(self, text: exp.Expr) -> exp.Expr:
        """DuckDB compares text by its UTF-8 bytes, which is the order of code points."""
        return text

    def type_name(self, expression: exp.Expr) -> exp.Expr:
        """`typeof` names types as DESCRIBE does."""
        return exp.Anonymous(this="typeof", expressions=[expression])

    def microseconds(self, timestamp: exp.Expr) -> exp.Expr:
        """A column may count nanoseconds, as Parquet files written by pandas do."""
        if isinstance(timestamp, exp.Cast) and timestamp.is_type(exp.DType.TIMESTAMP):
            return timestamp
        return exp.cast(timestamp, exp.DType.TIMESTAMP)

    def rounded(self, number: exp.Expr) -> exp.Expr:
        """By way of text: ROUND counts digits from the point, not from the first one."""
        digits = exp.Anonymous(this="FORMAT", expressions=[exp.Literal.string("{:.11e}"), number])
        return exp.cast(digits, exp.DType.DOUBLE)

    def percentile(self, number: exp.Expr, fraction: exp.Expr) -> exp.Expr:
        """Of doubles: of decimals it would be one with as many places, and so rounded."""
        double = exp.cast(number, exp.DType.DOUBLE)
        return exp.Anonymous(this="QUANTILE_CONT", expressions=[double, fraction])


_ARRAYS = {
    ColumnKind.TEXT: "TEXT[]",
    ColumnKind.BOOLEAN: "BOOLEAN[]",
    ColumnKind.INTEGER: "BIGINT[]",
    # Wide enough for what clients send; a list of decimals takes one scale for all.
    ColumnKind.DECIMAL: "DECIMAL(38, 10)[]",
    ColumnKind.FLOAT: "DOUBLE[]",
    ColumnKind.DATE: "DATE[]",
    ColumnKind.TIMESTAMP: "TIMESTAMP[]",
    ColumnKind.INSTANT: "TIMESTAMPTZ[]",
    ColumnKind.UUID: "UUID[]",
}
