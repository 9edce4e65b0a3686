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
from analytics_gql.query.row_shape import ConstantMember, RowShape
from analytics_gql.sql.expressions import as_text, call, text


def json_row(shape: RowShape, members: dict[str, exp.Expr]) -> exp.Expr:
    """`'{"a":' || … || '}'`; `members` gives the JSON text of each field, NULL where missing."""
    parts: list[exp.Expr | str] = ["{"]
    for index, member in enumerate(shape):
        key = orjson.dumps(member.key).decode()
        parts.append(f"{',' if index else ''}{key}:")
        if isinstance(member, ConstantMember):
            parts.append(orjson.dumps(member.text).decode())
        else:
            json_text = members[member.field].copy()
            parts.append(exp.Coalesce(this=json_text, expressions=[text("null")]))
    parts.append("}")
    return _concatenated(parts)


def json_text(value: exp.Expr, field_type: FieldType) -> exp.Expr:
    """The JSON of a value as text; NULL for NULL.

    Numbers are finite, and an instant comes as RFC 3339 text already.
    """
    match field_type:
        case FieldType.STRING | FieldType.ID:
            return as_text(call("TO_JSON", value))
        case FieldType.DATE | FieldType.DATE_TIME:
            return _concatenated(['"', as_text(value), '"'])
        case _:
            return as_text(value)


def _concatenated(parts: list[exp.Expr | str]) -> exp.Expr:
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
