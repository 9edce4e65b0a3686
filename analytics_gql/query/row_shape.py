"""The shape of a JSON row: which keys, in which order, and what stands under each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FieldMember:
    """The value of a field, under a response key."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class ConstantMember:
    """The same text in every row, under a response key: `__typename`."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class LinkMember:
    """The place of an entity, under a response key; `by` names the fields that hold its key."""

    key: str
    by: tuple[str, ...]


RowShape = tuple[FieldMember | ConstantMember | LinkMember, ...]
"""Keys are unique; their order is the order of the JSON object."""


@dataclass(frozen=True, slots=True)
class Link:
    """What is wanted of an entity that stands in a row. `as_of` None means the newest."""

    entity: str
    as_of: datetime | None
    rows: RowSelection


@dataclass(frozen=True, slots=True)
class RowSelection:
    """A row's shape, and what is wanted of the entity of each LinkMember, in their order."""

    shape: RowShape
    links: tuple[Link, ...] = ()

    @property
    def places(self) -> int:
        """How many entities a row holds, those within its entities included."""
        return sum(1 + link.rows.places for link in self.links)


@dataclass(frozen=True, slots=True)
class RowLayout:
    """What a statement writes of each row: one JSON object a shape, then, if asked, its position.

    The parts are separated by U+001F. Where an entity goes, its key stands between two U+001E.
    Neither character can stand in JSON, which escapes it (RFC 8259, section 7).
    """

    shapes: tuple[RowShape, ...]
    has_position: bool = False


PART, LINK = "\x1f", "\x1e"
"""The separators of a RowLayout."""
