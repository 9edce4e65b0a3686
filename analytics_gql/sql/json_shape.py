"""The engine writes the JSON: one text expression for a row.

Response keys become string literals, never identifiers, so they may differ by case alone, be of any
length and any number. The text is put together with `||`, which measured faster than the engines'
JSON constructors and leaves no type to their taste: NaN and infinities are NULL before they get
here, decimals keep every digit, and instants are RFC 3339.
"""

from __future__ import annotations

import orjson
from sqlglot import exp

from analytics_gql.model.kinds import FieldType
from analytics_gql.query.row_shape import (
    LINK,
    PART,
    ConstantMember,
    FieldMember,
    LinkMember,
    RowShape,
)
from analytics_gql.sql.expressions import as_text, call, text


def row_text(parts: list[exp.Expr]) -> exp.Expr:
    """The parts of a RowLayout as one text."""
    pieces: list[exp.Expr | str] = [parts[0]]
    for part in parts[1:]:
        pieces += [_separator(PART), part]
    return concatenated(pieces)


def position_text(values: list[exp.Expr]) -> exp.Expr:
    """The JSON array of a position's texts; `values` are JSON strings, NULL where missing."""
    pieces: list[exp.Expr | str] = ["["]
    for number, value in enumerate(values):
        if number:
            pieces.append(",")
        pieces.append(exp.Coalesce(this=value, expressions=[text("null")]))
    return concatenated([*pieces, "]"])


def key_text(values: list[exp.Expr]) -> exp.Expr:
    """An entity's key as EntityQuery has it; `values` are JSON strings. NULL if one is missing."""
    pieces: list[exp.Expr | str] = []
    for number, value in enumerate(values):
        if number:
            pieces.append(",")
        pieces.append(value)
    return concatenated(pieces)


def json_row(
    shape: RowShape, members: dict[str, exp.Expr], strings: dict[str, exp.Expr]
) -> exp.Expr:
    """`'{"a":' || … || '}'`, with a key in the place of each entity.

    `members` gives the JSON of each field, `strings` the JSON string of each that is part of a
    key; both are NULL where the value is missing.
    """
    parts: list[exp.Expr | str] = ["{"]
    for index, member in enumerate(shape):
        response_key = orjson.dumps(member.key).decode()
        parts.append(f"{',' if index else ''}{response_key}:")
        match member:
            case ConstantMember():
                parts.append(orjson.dumps(member.text).decode())
            case FieldMember():
                json_value = members[member.field].copy()
                parts.append(exp.Coalesce(this=json_value, expressions=[text("null")]))
            case LinkMember():
                key = key_text([strings[name].copy() for name in member.by])
                parts += [
                    _separator(LINK),
                    exp.Coalesce(this=key, expressions=[text("null")]),
                    _separator(LINK),
                ]
    parts.append("}")
    return concatenated(parts)


def json_text(value: exp.Expr, field_type: FieldType) -> exp.Expr:
    """The JSON of a value as text; NULL for NULL.

    Numbers are finite, and an instant comes as RFC 3339 text already.
    """
    match field_type:
        case FieldType.STRING | FieldType.ID:
            return as_text(call("TO_JSON", value))
        case FieldType.DATE | FieldType.DATE_TIME:
            return concatenated(['"', as_text(value), '"'])
        case _:
            return as_text(value)


def json_string(value: exp.Expr, field_type: FieldType) -> exp.Expr:
    """The text of a value as a JSON string; NULL for NULL. Instants come as RFC 3339 text."""
    if field_type.is_text:
        return json_text(value, field_type)
    return concatenated(['"', as_text(value), '"'])


def _separator(character: str) -> exp.Expr:
    # Not as a literal: a control character would be lost on people who read the SQL.
    return call("CHR", exp.Literal.number(ord(character)))


def concatenated(parts: list[exp.Expr | str]) -> exp.Expr:
    """`a || b || …`, neighbouring literals joined.

    As a balanced tree: engines limit how deep expressions nest (DuckDB to 1,000).
    """
    merged: list[exp.Expr | str] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return _balanced([text(part) if isinstance(part, str) else part for part in merged])


def _balanced(pieces: list[exp.Expr]) -> exp.Expr:
    # The left half may be long without parentheses: `||` is read from the left.
    if len(pieces) <= _FLAT:
        result = pieces[0]
        for piece in pieces[1:]:
            result = exp.DPipe(this=result, expression=piece)
        return result
    middle = len(pieces) // 2
    halves = [exp.Paren(this=_balanced(half)) for half in (pieces[:middle], pieces[middle:])]
    return exp.DPipe(this=halves[0], expression=halves[1])


_FLAT = 200
"""How many pieces stand side by side, as people read them best."""
