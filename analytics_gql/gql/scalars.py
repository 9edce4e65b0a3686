"""The scalars beyond GraphQL's own. Rows come as JSON from the warehouse: only input is read here.

A ValueError becomes a GraphQL error that says where the value stands and what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from ariadne import ScalarType
from graphql import FloatValueNode, IntValueNode, StringValueNode, ValueNode

_BIG_INT = range(-(2**63), 2**63)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_FINEST = Decimal("1e-18")
_38_DIGITS = Context(prec=38)


def parse_big_int(value: Any) -> int:
    """A whole number of up to 64 bits, or its digits."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _BIG_INT:
        raise ValueError("a BigInt is a whole number of up to 64 bits.")
    return value


def parse_decimal(value: Any) -> Decimal:
    """An exact number, or its text. A float is taken as its shortest decimal form."""
    if not isinstance(value, bool) and _NUMBER.fullmatch(str(value)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:  # an exponent beyond all bounds
            number = Decimal("NaN")
        if not number:
            return Decimal(0)
        # DuckDB's decimals have 38 digits, and a comparison needs room for both sides at once.
        if (
            number.is_finite()
            and -18 <= number.adjusted() < 20
            and number == number.quantize(_FINEST, context=_38_DIGITS)
        ):
            whole = number == number.to_integral_value()
            return number.quantize(Decimal(1)) if whole else number.normalize(_38_DIGITS)
    raise ValueError("a Decimal is a number of up to 20 digits before the point and 18 after it.")


def parse_date(value: Any) -> date:
    """`2026-04-01` (RFC 3339, full-date)."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a Date is a day of the calendar such as '2026-04-01'.")


_FIRST_INSTANT = datetime(1, 1, 2, tzinfo=UTC)
_LAST_INSTANT = datetime(9999, 12, 30, tzinfo=UTC)
_DATE_TIME = re.compile(
    r"(?P<year>[0-9]{4})-[0-9]{2}-[0-9]{2}"
    r"([Tt](?P<time>[0-9]{2}:[0-9]{2}(?P<seconds>:[0-9]{2}(\.(?P<fraction>[0-9]+))?)?)"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
"""With the parts that people leave out, to tell them which."""


def parse_date_time(value: Any) -> datetime:
    """`2026-04-01T10:00:00+02:00` (RFC 3339, date-time); seconds and offset must be there."""
    found = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(_FORM)
    complaint = _lack(found)
    if complaint is None:
        try:
            instant = datetime.fromisoformat(found[0].upper())
        except ValueError:
            complaint = _impossible(found)
        else:
            # A day off the calendar's ends, so that every zone has a wall time for it.
            if _FIRST_INSTANT <= instant <= _LAST_INSTANT:
                return instant
            complaint = "it lies outside of 0001-01-02 to 9999-12-30"
    raise ValueError(f"{complaint}; {_FORM}")


_FORM = "a DateTime is an instant with its offset such as '2026-04-01T10:00:00+02:00'."


def _lack(found: re.Match[str]) -> str | None:
    """Which part of an instant is not written, or too finely."""
    if found["time"] is None:
        return "the time of day is missing"
    if found["seconds"] is None:
        return "the seconds are missing"
    if len(found["fraction"] or "") > 6:
        return "its seconds have more than six decimals"
    if found["offset"] is None:
        return "the offset from UTC is missing (Z or +02:00)"
    return None


def _impossible(found: re.Match[str]) -> str:
    """Which part of an instant that is written whole cannot be."""
    if found["year"] == "0000":
        return "there is no year 0000"
    day = found[0][:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        return f"{day} is no day of the calendar"
    try:
        time.fromisoformat(found["time"])
    except ValueError:
        return f"{found['time']} is no time of day"
    return f"{found['offset']} is no offset from UTC"


def _number_literal(node: ValueNode) -> Any:
    """The text of a number or string literal, so that no digit is lost on the way."""
    if isinstance(node, (IntValueNode, FloatValueNode, StringValueNode)):
        return node.value
    raise ValueError("a number is needed.")


def _string_literal(node: ValueNode) -> Any:
    if isinstance(node, StringValueNode):
        return node.value
    raise ValueError("a string is needed.")


def _scalar(
    name: str, read: Callable[[Any], Any], literal: Callable[[ValueNode], Any]
) -> ScalarType:
    def parse_literal(node: ValueNode, variable_values: Any = None) -> Any:
        return read(literal(node))

    return ScalarType(name, value_parser=read, literal_parser=parse_literal)


SCALARS = {
    "BigInt": _scalar("BigInt", parse_big_int, _number_literal),
    "Decimal": _scalar("Decimal", parse_decimal, _number_literal),
    "Date": _scalar("Date", parse_date, _string_literal),
    "DateTime": _scalar("DateTime", parse_date_time, _string_literal),
}
"""By name; a schema binds those that it declares."""
