"""What is selected of a connection → its shape (GraphQL Cursor Connections, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import FieldNode

from analytics_gql.gql.collecting import Info, collected
from analytics_gql.query.page import (
    ConnectionShape,
    CursorMember,
    EdgesMember,
    NodeMember,
    NodesMember,
    PageArguments,
    PageInfoMember,
    TotalCountMember,
)
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowSelection

ReadRows = Callable[[list[FieldNode]], RowSelection]


def connection_shape(info: Info, type_name: str, rows_of: ReadRows) -> ConnectionShape:
    """The shape of a root field that is a connection of a type; `rows_of` reads its rows."""
    members: list[
        EdgesMember | NodesMember | PageInfoMember | TotalCountMember | ConstantMember
    ] = []
    for key, fields in collected(info.field_nodes, info).items():
        match fields[0].name.value:
            case "edges":
                members.append(_edges(key, fields, info, type_name, rows_of))
            case "nodes":
                members.append(NodesMember(key, rows_of(fields)))
            case "pageInfo":
                members.append(_page_info(key, fields, info))
            case "totalCount":
                members.append(TotalCountMember(key))
            case _:
                members.append(ConstantMember(key, f"{type_name}Connection"))
    return ConnectionShape(tuple(members))


def _edges(
    key: str, fields: list[FieldNode], info: Info, type_name: str, rows_of: ReadRows
) -> EdgesMember:
    members: list[CursorMember | NodeMember | ConstantMember] = []
    for inner, nodes in collected(fields, info).items():
        match nodes[0].name.value:
            case "cursor":
                members.append(CursorMember(inner))
            case "node":
                members.append(NodeMember(inner, rows_of(nodes)))
            case _:
                members.append(ConstantMember(inner, f"{type_name}Edge"))
    return EdgesMember(key, tuple(members))


def _page_info(key: str, fields: list[FieldNode], info: Info) -> PageInfoMember:
    members = [
        ConstantMember(inner, "PageInfo")
        if (name := nodes[0].name.value) == "__typename"
        else FieldMember(inner, name)
        for inner, nodes in collected(fields, info).items()
    ]
    return PageInfoMember(key, tuple(members))


def page_arguments(arguments: Mapping[str, Any]) -> PageArguments:
    """The part of a connection that is asked for. Raises PageArgumentError."""
    return PageArguments(
        arguments.get("first"),
        arguments.get("after"),
        arguments.get("last"),
        arguments.get("before"),
    )
