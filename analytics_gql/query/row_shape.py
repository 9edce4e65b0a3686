"""The shape of a JSON row: which keys, in which order, and what stands under each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldMember:
    """The value of a field of the dataset, under a response key."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class ConstantMember:
    """The same text in every row, under a response key: `__typename`."""

    key: str
    text: str


RowShape = tuple[FieldMember | ConstantMember, ...]
"""Keys are unique; their order is the order of the JSON object."""
