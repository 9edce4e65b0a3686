"""The engine writes the lines of exports: one text expression for a row, its end included."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.kinds import FieldType
from analytics_gql.query.line_layout import LineForm, LineLayout
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowShape
from analytics_gql.sql.expressions import as_text, call, text
from analytics_gql.sql.json_shape import concatenated, json_row, json_text


def line_text(layout: LineLayout, members: dict[str, exp.Expr]) -> exp.Expr:
    """A row's line. `members` gives `member_text` of each field of the shape."""
    if layout.form is LineForm.JSON:
        line: exp.Expr = json_row(layout.shape, members, {})
    else:
        line = _csv_row(layout.shape, members)
    # Not as literals: control characters would be lost on people who read the SQL. In parentheses
    # they are one constant to the planner.
    ends = [call("CHR", exp.Literal.number(ord(letter))) for letter in layout.form.value]
    return concatenated([line, exp.Paren(this=concatenated([*ends]))])


def member_text(value: exp.Expr, field_type: FieldType, form: LineForm) -> exp.Expr:
    """A value as it stands in a line; NULL for NULL. As for `json_text`, instants come as text."""
    if form is LineForm.JSON:
        return json_text(value, field_type)
    if field_type.is_text:
        # Quoted whatever is in it: an empty text differs from no value (and PostgreSQL takes
        # longer to look for what needs quotes than to write them).
        doubled = call("REPLACE", value, text('"'), text('""'))
        return concatenated(['"', doubled, '"'])
    return as_text(value)


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
