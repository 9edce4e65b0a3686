"""What doors ask of a session: a question, and the JSON that its answer is wanted in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.page import ConnectionShape, PageArguments
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember, RowSelection, RowShape
from analytics_gql.service.figures import Figures


@dataclass(frozen=True, slots=True)
class MetricRequest:
    """Metrics by dimensions, as a list of rows."""

    query: MetricQuery
    rows: RowSelection


@dataclass(frozen=True, slots=True)
class MetricPageRequest:
    """A page of metrics by dimensions. The query has no keyset and no limit."""

    query: MetricQuery
    page: PageArguments
    shape: ConnectionShape


@dataclass(frozen=True, slots=True)
class RecordPageRequest:
    """A page of records. The query has no keyset."""

    query: RecordQuery
    page: PageArguments
    shape: ConnectionShape


@dataclass(frozen=True, slots=True)
class EntityRequest:
    """Entities by their keys, in the order asked, null for a key that is not there.

    A key has the texts of its fields' values. `is_list` False asks for one, and no list around it.
    """

    entity: str
    keys: tuple[tuple[str, ...], ...]
    as_of: datetime | None
    rows: RowSelection
    is_list: bool


@dataclass(frozen=True, slots=True)
class ValuesRequest:
    """The first values of a dimension in their order, as a list of texts.

    The query groups by it alone, and has a limit.
    """

    query: MetricQuery

    @property
    def shape(self) -> RowShape:
        """The row that each value comes in."""
        return (FieldMember("value", self.query.dimensions[0]),)


@dataclass(frozen=True, slots=True)
class FiguresRequest:
    """Figures of a dataset as a whole, as an object whose members bear their names."""

    figures: Figures


Request = (
    MetricRequest
    | MetricPageRequest
    | RecordPageRequest
    | EntityRequest
    | ValuesRequest
    | FiguresRequest
)
