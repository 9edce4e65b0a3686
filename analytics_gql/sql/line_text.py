"""The engine writes the lines of exports: one text expression for a row, its end included.

Where the engine makes CSV of columns, it is given these.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.kinds import FieldType
from analytics_gql.query.line_layout import LineForm, LineLayout
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowShape
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import aliased, as_text, call, text
from analytics_gql.sql.json_shape import concatenated, json_row, json_text
from analytics_gql.sql.statement import Quoted


@dataclass(frozen=True, slots=True)
class Line:
    """The columns of a row's line: its text alone, or those that the engine makes CSV of."""

    columns: list[exp.Expr]
    quoted: Quoted = None


def line_of(
    layout: LineLayout, members: dict[str, exp.Expr], texts: Set[str], dialect: Dialect
) -> Line:
    """A row's line.

    `members` gives `member_text` of each field of the shape; `texts` has those that are text.
    """
    if layout.form is LineForm.CSV and dialect.writes_csv:
        return _csv_columns(layout.shape, members, texts)
    return Line([aliased(_line_text(layout, members), "line")])


def _line_text(layout: LineLayout, members: dict[str, exp.Expr]) -> exp.Expr:
    if layout.form is LineForm.JSON:
        line: exp.Expr = json_row(layout.shape, members, {})
    else:
        line = _csv_row(layout.shape, members)
    # Not as literals: control characters would be lost on people who read the SQL. In parentheses
    # they are one constant to the planner.
    ends = [call("CHR", exp.Literal.number(ord(letter))) for letter in layout.form.value]
    return concatenated([line, exp.Paren(this=concatenated([*ends]))])


def member_text(
    value: exp.Expr, field_type: FieldType, form: LineForm, dialect: Dialect
) -> exp.Expr:
    """A value as it stands in a line; NULL for NULL. As for `json_text`, instants come as text."""
    if form is LineForm.JSON:
        return json_text(value, field_type)
    if dialect.writes_csv:
        # PostgreSQL writes `t` and `f`; in every other type its text is that of a cast.
        return as_text(value) if field_type is FieldType.BOOLEAN else value
    if field_type.is_text:
        # Quoted whatever is in it: an empty text differs from no value (and PostgreSQL takes
        # longer to look for what needs quotes than to write them).
        doubled = call("REPLACE", value, text('"'), text('""'))
        return concatenated(['"', doubled, '"'])
    return as_text(value)


def _csv_columns(shape: RowShape, members: dict[str, exp.Expr], texts: Set[str]) -> Line:
    """Columns by their numbers: response keys may be longer than names of columns."""
    columns: list[exp.Expr] = []
    quoted: list[str] = []
    for number, member in enumerate(shape, start=1):
        name = f"c{number}"
        match member:
            case ConstantMember():
                columns.append(aliased(text(member.text), name))
                quoted.append(name)
            case FieldMember():
                columns.append(aliased(members[member.field].copy(), name))
                if member.field in texts:
                    quoted.append(name)
    return Line(columns, tuple(quoted))


def _csv_row(shape: RowShape, members: dict[str, exp.Expr]) -> exp.Expr:
    parts: list[exp.Expr | str] = []
    for index, member in enumerate(shape):
        if index:
            parts.append(",")
        match member:
            case ConstantMember():
                parts.append(f'"{member.text}"')
            case FieldMember():
                value = members[member.field].copy()
                parts.append(exp.Coalesce(this=value, expressions=[text("")]))
    return concatenated(parts)
