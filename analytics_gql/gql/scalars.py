"""The scalars beyond GraphQL's own. Rows come as JSON from the warehouse: only input is read here.

A ValueError becomes a GraphQL error that says where the value stands and what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ariadne import ScalarType
from graphql import FloatValueNode, IntValueNode, StringValueNode, ValueNode

_BIG_INT = range(-(2**63), 2**63)


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
    if not isinstance(value, bool) and isinstance(value, (int, float, str)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        # Beyond this an engine's decimals end; 38 digits are DuckDB's.
        if (
            number.is_finite()
            and abs(number.adjusted()) < 38
            and len(number.as_tuple().digits) <= 38
        ):
            return number
    raise ValueError("a Decimal is a number of up to 38 digits.")


def parse_date(value: Any) -> date:
    """`2026-04-01` (RFC 3339, full-date)."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a Date is a day of the calendar such as '2026-04-01'.")


_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def parse_date_time(value: Any) -> datetime:
    """`2026-04-01T10:00:00+02:00` (RFC 3339, date-time); the offset must be there."""
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper())
        except ValueError:
            pass
    raise ValueError(
        "a DateTime is an instant with its offset such as '2026-04-01T10:00:00+02:00'."
    )


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
