"""How a page is asked for, and the shape of its JSON (GraphQL Cursor Connections)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics_gql.errors import PageArgumentError, TooManyRowsError
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowSelection

DEFAULT_PAGE_ROWS = 100
"""Rows of a page that says neither `first` nor `last`; no tier may read fewer at once."""


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The part of a connection that is wanted; cursors as the client sent them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise PageArgumentError(
                "a page has both `first` and `last`",
                hint="send `first` to page forwards, or `last` to page backwards",
            )
        for name, rows in (("first", self.first), ("last", self.last)):
            if rows is not None and rows < 1:
                raise PageArgumentError(
                    f"`{name}` is {rows}",
                    hint="ask for at least 1 row; to count only, select totalCount alone",
                )

    @property
    def is_backwards(self) -> bool:
        """Whether the page lies at the end of its part."""
        return self.last is not None

    def rows(self, max_rows: int) -> int:
        """How many rows the page may have. Raises TooManyRowsError above `max_rows`."""
        name, rows = ("first", self.first) if self.last is None else ("last", self.last)
        if rows is None:
            return min(DEFAULT_PAGE_ROWS, max_rows)
        if rows > max_rows:
            raise TooManyRowsError(
                f"`{name}` is {rows:,}, and your tier may read {max_rows:,} rows at once",
                hint=f"ask for {name}: {max_rows} and go on from the page's cursors",
            )
        return rows


@dataclass(frozen=True, slots=True)
class CursorMember:
    """The cursor of an edge, under a response key."""

    key: str


@dataclass(frozen=True, slots=True)
class NodeMember:
    """The row of an edge, under a response key."""

    key: str
    rows: RowSelection


@dataclass(frozen=True, slots=True)
class EdgesMember:
    """The list of edges, under a response key."""

    key: str
    members: tuple[CursorMember | NodeMember | ConstantMember, ...]


@dataclass(frozen=True, slots=True)
class NodesMember:
    """The list of rows, under a response key."""

    key: str
    rows: RowSelection


@dataclass(frozen=True, slots=True)
class PageInfoMember:
    """Where the page stands, under a response key; the fields are those of PageInfo."""

    key: str
    members: tuple[FieldMember | ConstantMember, ...]


@dataclass(frozen=True, slots=True)
class TotalCountMember:
    """How many rows there are on all pages, under a response key."""

    key: str


@dataclass(frozen=True, slots=True)
class ConnectionShape:
    """The JSON object of a connection. Keys are unique; their order is that of the object."""

    members: tuple[
        EdgesMember | NodesMember | PageInfoMember | TotalCountMember | ConstantMember, ...
    ]

    @property
    def selections(self) -> tuple[RowSelection, ...]:
        """What is wanted of a row, each form of it once."""
        return tuple(dict.fromkeys(self._selections()))

    def _selections(self) -> Iterator[RowSelection]:
        for member in self.members:
            if isinstance(member, NodesMember):
                yield member.rows
            elif isinstance(member, EdgesMember):
                yield from (part.rows for part in member.members if isinstance(part, NodeMember))

    @property
    def has_page(self) -> bool:
        """Whether rows, or where they stand, are wanted at all."""
        return any(
            isinstance(member, EdgesMember | NodesMember | PageInfoMember)
            for member in self.members
        )

    @property
    def has_cursors(self) -> bool:
        """Whether any cursor is wanted."""
        return any(
            isinstance(part, CursorMember)
            or (isinstance(part, FieldMember) and part.field in ("startCursor", "endCursor"))
            for member in self.members
            if isinstance(member, EdgesMember | PageInfoMember)
            for part in member.members
        )

    @property
    def has_total(self) -> bool:
        """Whether the rows of all pages are to be counted."""
        return any(isinstance(member, TotalCountMember) for member in self.members)
