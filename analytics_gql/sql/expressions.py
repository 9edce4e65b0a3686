"""Small SQL trees that every engine writes alike."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind


def column(name: str, table: str | None = None) -> exp.Column:
    """`"table"."name"`: quoted, so that no name can be a keyword."""
    return exp.Column(
        this=exp.Identifier(this=name, quoted=True),
        table=None if table is None else exp.Identifier(this=table, quoted=True),
    )


def aliased(expression: exp.Expr, name: str) -> exp.Alias:
    """`expression AS "name"`."""
    return exp.Alias(this=expression, alias=exp.Identifier(this=name, quoted=True))


def text(value: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(value)


def call(function: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call that is written as it stands."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def as_text(expression: exp.Expr) -> exp.Cast:
    """`CAST(expression AS TEXT)`."""
    return exp.cast(expression, exp.DType.TEXT)


def enclosed(expression: exp.Expr) -> exp.Expr:
    """An author's expression, safe beside any operator: `a or b` becomes `(a or b)`."""
    # Some operators (AND, for one) are functions too in sqlglot's classes.
    is_operator = isinstance(expression, (exp.Connector, exp.Binary))
    stands_alone = isinstance(expression, (exp.Column, exp.Paren, exp.Cast, exp.Func, exp.Literal))
    return expression if stands_alone and not is_operator else exp.Paren(this=expression)


def ordered(value: exp.Expr, *, descending: bool, backwards: bool = False) -> exp.Ordered:
    """`value [DESC] NULLS LAST`; `backwards`, the exact opposite."""
    return exp.Ordered(this=value, desc=descending != backwards, nulls_first=backwards)


def finite(number: exp.Expr) -> exp.Expr:
    """The number, NULL in place of NaN and infinities. Both engines hold NaN equal to itself."""
    for value in ("NaN", "Infinity", "-Infinity"):
        number = exp.Nullif(this=number, expression=text(value))
    return number


def at_zone(expression: exp.Expr, zone: str) -> exp.AtTimeZone:
    """Wall time of an instant, or the instant of a wall time, in a zone."""
    zone = _ABBREVIATED.get(zone, zone)
    return exp.AtTimeZone(this=exp.Paren(this=expression), zone=text(zone))


_ABBREVIATED = {
    "CET": "Europe/Brussels",
    "MET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "WET": "Europe/Lisbon",
}
"""IANA's links (tzdata, `backward`) whose names PostgreSQL takes for fixed abbreviations."""


def utc_timestamp(expression: exp.Expr, kind: ColumnKind | None, stored_in: str) -> exp.Expr:
    """An instant as a UTC timestamp without zone, whatever kind of column it is."""
    if kind is ColumnKind.INSTANT:
        return at_zone(expression, "UTC")
    if stored_in == "UTC":
        return expression
    return at_zone(at_zone(expression, stored_in), "UTC")


def local_timestamp(
    expression: exp.Expr, kind: ColumnKind | None, stored_in: str, zone: str
) -> exp.Expr:
    """An instant as wall time in a zone."""
    if kind is ColumnKind.INSTANT:
        return at_zone(expression, zone)
    if stored_in == zone:
        return expression
    return at_zone(at_zone(expression, stored_in), zone)


def bucket(
    time: exp.Expr,
    kind: ColumnKind | None,
    granularity: Granularity,
    stored_in: str,
    zone: str,
) -> exp.Expr:
    """The start of the bucket: a local date, for HOUR a UTC timestamp."""
    if granularity is Granularity.HOUR:
        return _hour(time, kind, stored_in, zone)
    if kind is ColumnKind.DATE:
        if granularity is Granularity.DAY:
            return time
        # PostgreSQL would truncate a date in the session's zone.
        local: exp.Expr = exp.cast(time, exp.DType.TIMESTAMP)
    else:
        local = local_timestamp(time, kind, stored_in, zone)
        if granularity is Granularity.DAY:
            return exp.cast(local, exp.DType.DATE)
    return exp.cast(call("DATE_TRUNC", text(granularity.value.lower()), local), exp.DType.DATE)


def _hour(time: exp.Expr, kind: ColumnKind | None, stored_in: str, zone: str) -> exp.Expr:
    utc = utc_timestamp(time, kind, stored_in)
    if zone == "UTC":
        return call("DATE_TRUNC", text("hour"), utc)
    # Truncating wall time would merge the hour that an autumn night has twice: take the local
    # minutes off the instant instead.
    local = local_timestamp(time.copy(), kind, stored_in, zone)
    minutes = exp.Sub(this=local.copy(), expression=call("DATE_TRUNC", text("hour"), local))
    return exp.Sub(this=utc, expression=exp.Paren(this=minutes))


def local_with_offset(utc: exp.Expr, zone: str) -> exp.Expr:
    """RFC 3339 text of a UTC timestamp in a zone: `2026-04-01T02:00:00+02:00`."""
    if zone == "UTC":
        return exp.DPipe(this=_iso(utc), expression=text("Z"))
    local = at_zone(at_zone(utc.copy(), "UTC"), zone)
    return exp.DPipe(
        this=_iso(local),
        expression=_offset(exp.Paren(this=exp.Sub(this=local.copy(), expression=utc))),
    )


def day_with_offset(day: exp.Expr, zone: str) -> exp.Expr:
    """RFC 3339 text of the midnight that starts a local date."""
    midnight = exp.cast(day, exp.DType.TIMESTAMP)
    if zone == "UTC":
        return exp.DPipe(this=_iso(midnight), expression=text("Z"))
    utc = at_zone(at_zone(midnight.copy(), zone), "UTC")
    return exp.DPipe(
        this=_iso(midnight),
        expression=_offset(exp.Paren(this=exp.Sub(this=midnight.copy(), expression=utc))),
    )


def _iso(timestamp: exp.Expr) -> exp.Expr:
    # Both engines print `2026-04-01 10:00:00.5`, without trailing zeros of the fraction.
    return call("REPLACE", as_text(timestamp), text(" "), text("T"))


def _offset(interval: exp.Expr) -> exp.Expr:
    """`+02:00` of an interval."""
    minutes = exp.cast(
        exp.Div(
            this=exp.Extract(this=exp.Var(this="EPOCH"), expression=interval),
            expression=exp.Literal.number(60),
            typed=False,
            safe=False,
        ),
        exp.DType.INT,
    )
    absolute = call("ABS", minutes.copy())
    hours = exp.cast(
        call(
            "FLOOR",
            exp.Div(this=absolute, expression=exp.Literal.number("60.0"), typed=False, safe=False),
        ),
        exp.DType.INT,
    )
    rest = exp.Mod(this=absolute.copy(), expression=exp.Literal.number(60))
    sign = exp.Case(
        ifs=[exp.If(this=exp.LT(this=minutes, expression=exp.Literal.number(0)), true=text("-"))],
        default=text("+"),
    )
    pad = [exp.Literal.number(2), text("0")]
    return exp.Paren(
        this=exp.DPipe(
            this=exp.DPipe(
                this=exp.DPipe(
                    this=sign, expression=call("LPAD", as_text(hours), *[p.copy() for p in pad])
                ),
                expression=text(":"),
            ),
            expression=call("LPAD", as_text(rest), *pad),
        )
    )
