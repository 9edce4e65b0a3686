"""A page → the JSON object of its connection."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from analytics_gql.query.page import (
    ConnectionShape,
    CursorMember,
    EdgesMember,
    NodeMember,
    NodesMember,
    PageInfoMember,
    TotalCountMember,
)
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowSelection
from analytics_gql.service.pages import Page


def connection_json(shape: ConnectionShape, page: Page, texts: Sequence[Sequence[str]]) -> str:
    """The object's text; `texts` has the page's whole rows for each of the shape's selections."""
    rows = dict(zip(shape.selections, texts, strict=True))
    parts: list[str] = []
    for member in shape.members:
        match member:
            case EdgesMember():
                value = _edges(member, page, rows)
            case NodesMember():
                value = f"[{','.join(rows[member.rows])}]"
            case PageInfoMember():
                value = _page_info(member, page)
            case TotalCountMember():
                value = str(page.total)
            case ConstantMember():
                value = _json(member.text)
        parts.append(f"{_json(member.key)}:{value}")
    return f"{{{','.join(parts)}}}"


def nodes_json(shape: ConnectionShape, rows: str) -> str:
    """The object's text where nothing but one list of nodes is selected, whose rows are given."""
    parts = [
        f"{_json(member.key)}:{_json(member.text)}"
        if isinstance(member, ConstantMember)
        else f"{_json(member.key)}:[{rows}]"
        for member in shape.members
    ]
    return f"{{{','.join(parts)}}}"


def _edges(member: EdgesMember, page: Page, rows: dict[RowSelection, Sequence[str]]) -> str:
    columns: list[Sequence[str]] = []
    for part in member.members:
        match part:
            case CursorMember():
                columns.append([_json(page.cursor(number)) for number in range(page.size)])
            case NodeMember():
                columns.append(rows[part.rows])
            case ConstantMember():
                columns.append([_json(part.text)] * page.size)
    keys = [_json(part.key) for part in member.members]
    edges = (
        "{" + ",".join(f"{key}:{value}" for key, value in zip(keys, edge, strict=True)) + "}"
        for edge in zip(*columns, strict=True)
    )
    return f"[{','.join(edges)}]"


def _page_info(member: PageInfoMember, page: Page) -> str:
    parts: list[str] = []
    for part in member.members:
        value: str | bool | None
        match part:
            case ConstantMember():
                value = part.text
            case FieldMember(field="hasNextPage"):
                value = page.has_next
            case FieldMember(field="hasPreviousPage"):
                value = page.has_previous
            case FieldMember(field="startCursor"):
                value = page.cursor(0) if page.size else None
            case FieldMember():
                value = page.cursor(page.size - 1) if page.size else None
        parts.append(f"{_json(part.key)}:{_json(value)}")
    return f"{{{','.join(parts)}}}"


def _json(value: str | bool | None) -> str:
    return orjson.dumps(value).decode()
