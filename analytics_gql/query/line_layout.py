"""What an export's statement writes of each row: one line of text, its end included."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from analytics_gql.query.row_shape import RowShape


class LineForm(Enum):
    """How a row is written as a line. The value is what ends the line."""

    CSV = "\r\n"
    """RFC 4180: text in quotes, everything else bare, nothing where there is no value."""

    JSON = "\n"
    """A JSON object (NDJSON), which holds no line break: JSON escapes it."""


@dataclass(frozen=True, slots=True)
class LineLayout:
    """The lines of one question; the shape has no links.

    Not `is_limited`, all rows are read: to sort as many as a limit lets through costs an engine
    twice the memory of sorting all. `is_paged`: in the order that pages have, in which a float
    metric counts without its last digits.
    """

    shape: RowShape
    form: LineForm
    is_limited: bool
    is_paged: bool = False
