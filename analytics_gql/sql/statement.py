"""A statement: SQL text and what is bound to each of its parameters."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    DateRangeError,
    KeyValueError,
    TenantInvalidError,
    TenantRequiredError,
)
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.query.predicate import Scalar, Value


class Origin(Enum):
    """Where a parameter's value comes from."""

    TENANT = "the caller's tenant"
    VALUE = "a value of the query"
    RANGE_START = "the first instant of the dateRange"
    RANGE_END = "the first instant after the dateRange"
    ROW_LIMIT = "the rows to fetch"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What to bind. `slot` is the value's place in the query, for ROW_LIMIT the question's number;
    `many`: an array of values.

    Of a range, `timezone` is the zone of the query's days, and `stored_in` the zone of a timestamp
    without zone, which is UTC of everything else.
    """

    origin: Origin
    kind: ColumnKind
    slot: int = 0
    many: bool = False
    timezone: str = "UTC"
    stored_in: str = "UTC"


Quoted = tuple[str, ...] | None
"""Of rows that the engine makes lines of CSV of, the columns in quotes; None if a row is a text."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of one engine. Parameter `$1` is `parameters[0]`. Each row is one text, see RowLayout.

    `tables` are those that it reads: what its answer's version hangs on. `quoted` see Quoted.
    """

    text: str
    parameters: tuple[Parameter, ...]
    tables: frozenset[TableName] = frozenset()
    quoted: Quoted = None


def bind(
    statement: Statement,
    values: tuple[Scalar | Value, ...],
    caller: Caller,
    row_limits: tuple[int, ...],
) -> list[Any]:
    """The values to send with a statement, in the order of its parameters."""
    return [_value(parameter, values, caller, row_limits) for parameter in statement.parameters]


def _value(
    parameter: Parameter,
    values: tuple[Scalar | Value, ...],
    caller: Caller,
    row_limits: tuple[int, ...],
) -> Any:
    match parameter.origin:
        case Origin.TENANT:
            return _tenant(parameter.kind, caller)
        case Origin.ROW_LIMIT:
            return row_limits[parameter.slot]
        case Origin.RANGE_START:
            return _start_of_day(values[parameter.slot], 0, parameter)
        case Origin.RANGE_END:
            return _start_of_day(values[parameter.slot], 1, parameter)
        case Origin.VALUE:
            value = values[parameter.slot]
            if parameter.many:
                assert isinstance(value, tuple)
                return [_scalar(item, parameter) for item in value]
            return _scalar(value, parameter)


def _tenant(kind: ColumnKind, caller: Caller) -> Any:
    if caller.tenant is None:
        raise TenantRequiredError(
            "this data belongs to tenants, and your key to none",
            hint="ask the server's operator for a key with a tenant",
        )
    try:
        match kind:
            case ColumnKind.INTEGER:
                # int() would also take "1_000" and " 1 "; a tenant has one spelling.
                if not re.fullmatch(r"0|-?[1-9][0-9]{0,17}", caller.tenant):
                    raise ValueError(caller.tenant)
                return int(caller.tenant)
            case ColumnKind.UUID:
                return uuid.UUID(caller.tenant)
            case _:
                return caller.tenant
    except ValueError:
        raise TenantInvalidError(
            "your key's tenant cannot be a tenant of this data",
            hint="ask the server's operator to check the key's tenant",
        ) from None


def _start_of_day(value: object, days_later: int, parameter: Parameter) -> date | datetime:
    """The first instant of a day in the query's zone, as the column's kind has it."""
    assert isinstance(value, date)
    day = value
    try:
        day += timedelta(days=days_later)
        if parameter.kind is ColumnKind.DATE:
            return day
        if parameter.kind is ColumnKind.TIMESTAMP and parameter.timezone == parameter.stored_in:
            return datetime.combine(day, time())
        # Where clocks skip midnight, fold 0 gives the instant of the jump: the day's first.
        start = datetime.combine(day, time(), ZoneInfo(parameter.timezone)).astimezone(UTC)
        if parameter.kind is ColumnKind.INSTANT:
            return start
        return start.astimezone(ZoneInfo(parameter.stored_in)).replace(tzinfo=None)
    except OverflowError:
        raise DateRangeError(
            f"the dateRange reaches beyond the calendar at {day}",
            hint="use days between 0001-01-02 and 9999-12-30",
        ) from None


def _scalar(value: Any, parameter: Parameter) -> Any:
    if isinstance(value, datetime):
        if parameter.kind is ColumnKind.TIMESTAMP:
            return value.astimezone(UTC).replace(tzinfo=None)
        if parameter.kind is ColumnKind.DATE:  # the instant of a look-up in days
            return value.astimezone(UTC).date()
        return value.astimezone(UTC)
    if isinstance(value, str) and parameter.kind is not ColumnKind.TEXT:
        return read_identifier(value, parameter.kind)
    return value


def read_identifier(text: str, kind: ColumnKind | None) -> Any:
    """An identifier, which GraphQL has as text, as the column stores it. Raises KeyValueError."""
    try:
        match kind:
            case ColumnKind.INTEGER:
                # int() would also take "1_000" and " 1 "; an identifier has one spelling.
                if not re.fullmatch(r"0|-?[1-9][0-9]*", text):
                    raise ValueError(text)
                if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
                    raise KeyValueError(
                        f"'{text[:60]}' cannot be an identifier here: it is too large, they are "
                        "whole numbers of up to 64 bits",
                        hint="send an identifier as it came in an answer",
                    )
                return int(text)
            case ColumnKind.UUID:
                return uuid.UUID(text)
            case ColumnKind.DATE:
                return date.fromisoformat(text)
            case _:
                return text
    except ValueError:
        raise KeyValueError(
            f"'{text[:60]}' cannot be an identifier here: the column's kind is "
            f"{kind and kind.value}",
            hint="send an identifier as it came in an answer",
        ) from None
