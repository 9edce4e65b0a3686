"""Pages of metrics and of records: cursors in, rows and cursors out.

How it works. A page is a statement of its own: the rows beyond the cursor's position, one more than
the page has, never an offset. Records need nothing else, whatever is inserted and deleted between
two pages. An aggregate may change as a whole between two pages, so its cursors carry the data
version of their first page; that page's statement reads further than the page, and what it found
is kept for the pages that follow. Where it is no longer kept (or the result was larger), a page is
asked anew, if the data is still what it was. Of tables without a version that cannot be told: there
a page is asked anew only where no change of the data can move a group to another page, in an order
by what the rows are grouped by.

What is used again goes by the data's version alone: within a maxAge, a page could show data that is
older than the page before it. And only what comes without a cursor is kept as a result: who reads
on and on asks each page once, and would push out what others ask again.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from analytics_gql.access.caller import Caller
from analytics_gql.cache.kept_results import KeptResult, KeptResults
from analytics_gql.cache.reuse import BY_VERSION, Reading
from analytics_gql.errors import CursorStaleError, OrderError
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.kinds import FieldType
from analytics_gql.observe.timings import Part, timed
from analytics_gql.plan.nodes import OrderKey
from analytics_gql.plan.order import is_by_grouping, narrowed, total_order
from analytics_gql.plan.planner import defining_sources
from analytics_gql.plan.rows import record_order
from analytics_gql.query.cursor import Cursor, CursorSigner, check_cursor
from analytics_gql.query.fingerprint import fingerprint
from analytics_gql.query.keyset import Keyset, Position, SortItem
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.predicate import Scalar
from analytics_gql.query.row_shape import PART, RowLayout
from analytics_gql.service.requests import MetricPageRequest, RecordPageRequest
from analytics_gql.service.service import Service
from analytics_gql.service.statements import MetricCount, metric_rows, record_rows
from analytics_gql.service.together import together
from analytics_gql.warehouses.versions import DataVersions

READ_AHEAD_ROWS = 10_000
"""Rows of an aggregate that its first page reads and keeps."""


@dataclass(frozen=True, eq=False)
class Page:
    """The rows of a page in every shape that is wanted, and where it stands.

    `total` is 0 where it was not asked for. `readings` tells what the statements have read.
    """

    rows: tuple[Sequence[str], ...]
    positions: Sequence[str]
    has_next: bool
    has_previous: bool
    total: int
    signer: CursorSigner
    head: bytes
    caller: Caller
    readings: tuple[Reading, ...]

    @property
    def size(self) -> int:
        """How many rows it has."""
        return len(self.positions)

    def cursor(self, number: int) -> str:
        """The cursor of a row, counted from 0."""
        return self.signer.encode(self.head, self.positions[number], self.caller)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The cursors of a page's part; None where it is open."""

    after: Cursor | None
    before: Cursor | None

    def keyset(self, types: Sequence[FieldType], *, backwards: bool) -> Keyset:
        after, before = (
            None if cursor is None else _position(cursor.position, types)
            for cursor in (self.after, self.before)
        )
        return Keyset(after, before, backwards)

    @property
    def given(self) -> list[Cursor]:
        return [cursor for cursor in (self.after, self.before) if cursor is not None]


class Pages:
    """Answers connections.

    Cursors of records are good for every server with the same secret, model and data. Those of
    metrics hold for one version of the data as well, which for DuckDB and Parquet is the identity
    of the files, inode and time of writing included: servers that share the files understand each
    other, while copies of one file on several hosts answer CURSOR_STALE to each other's cursors.
    """

    def __init__(
        self, service: Service, signer: CursorSigner, versions: DataVersions, kept: KeptResults
    ) -> None:
        self._service = service
        self._signer = signer
        self.versions = versions
        self._kept = kept

    @property
    def kept(self) -> KeptResults:
        """The results that are kept for their next pages."""
        return self._kept

    def over(self, service: Service) -> Pages:
        """The same over another service of the same model."""
        return Pages(service, self._signer, self.versions, self._kept)

    async def page(self, request: MetricPageRequest | RecordPageRequest, caller: Caller) -> Page:
        """The page that is asked for.

        Raises RequestError (the Cursor errors among them), LimitError, AccessError or EngineError.
        """
        if isinstance(request, RecordPageRequest):
            return await self._of_records(request, caller)
        return await self._of_metrics(request, caller)

    # --- records -----------------------------------------------------------------------------

    async def _of_records(self, request: RecordPageRequest, caller: Caller) -> Page:
        query, shape, backwards = request.query, request.shape, request.page.is_backwards
        wanted = request.page.rows(caller.max_rows)
        records = self._service.catalog.records_of(query.records)
        order = record_order(query.order, records)
        types = [records.rows.field_named[item.field].type for item in order]
        question, ordering = fingerprint(replace(query, order=())), _ordering(order)
        ends = self._ends(request, question, ordering, caller)
        query = replace(query, keyset=ends.keyset(types, backwards=backwards))
        shapes = tuple(selection.shape for selection in shape.selections)
        layout = RowLayout(shapes, has_position=shape.has_cursors or not shapes)

        readings: list[Reading] = []

        async def rows() -> list[str]:
            if not shape.has_page:
                return []
            reuse = None if ends.given else BY_VERSION
            answer = await self._service.run(record_rows(query, layout, wanted + 1), caller, reuse)
            readings.append(answer.reading)
            return answer.rows

        async def total() -> list[str]:
            if not shape.has_total:
                return ["0"]
            counted = record_rows(replace(query, order=(), keyset=None), None, 1)
            answer = await self._service.run(counted, caller)
            readings.append(answer.reading)
            return answer.rows

        found, counted = await together(rows(), total())
        count = _count(counted)
        head = self._signer.head(question, ordering, None)
        texts, has_more = _cut(found, wanted, backwards=backwards)
        return self._made(texts, layout, has_more, request, ends, count, head, caller, readings)

    # --- metrics -----------------------------------------------------------------------------

    async def _of_metrics(self, request: MetricPageRequest, caller: Caller) -> Page:
        query, shape, backwards = request.query, request.shape, request.page.is_backwards
        wanted = request.page.rows(caller.max_rows)
        dataset = self._service.catalog.dataset(query.dataset)
        order = total_order(query, dataset)
        types = [key.type for key in order]
        question, ordering = _metric_question(query, dataset), _ordering(order)
        ends = self._ends(request, question, ordering, caller)
        layout = RowLayout(
            tuple(selection.shape for selection in shape.selections), has_position=True
        )
        scope = (caller.tenant, caller.roles, question, ordering, query.metrics, layout)
        result: KeptResult | None = None
        version: str | None = None
        texts: list[str] = []
        readings: list[Reading] = []
        has_more = False
        if shape.has_page:
            found = self._sliced(scope, ends, wanted, backwards=backwards)
            if found is not None:
                result, texts, has_more = found
                readings.append(result.reading)
                version = ends.given[0].version
            elif ends.given:
                version = await self._still(ends, query, layout, caller)
                keyset = ends.keyset(types, backwards=backwards)
                part = narrowed(replace(query, keyset=keyset), dataset)
                part_rows = metric_rows([(part, layout)], (wanted + 1,))
                answer = await self._service.run(part_rows, caller, None)
                readings.append(answer.reading)
                # Once more, and believing nothing: what the rows were read from is what counts.
                await self._still(ends, query, layout, caller, is_fresh=True)
                texts, has_more = _cut(answer.rows, wanted, backwards=backwards)
            else:
                version, result = await self._begun(
                    query, layout, wanted, scope, caller, backwards=backwards
                )
                page = result.page(None, None, wanted, backwards=backwards)
                assert page is not None
                texts, has_more = page
                readings.append(result.reading)
        total = 0
        if shape.has_total:
            if result is not None and result.is_whole:
                total = len(result.rows)
            else:
                shaped, values = split(replace(query, order=()))
                counted = await self._service.run(MetricCount(shaped, values), caller)
                readings.append(counted.reading)
                total = _count(counted.rows)
        head = self._signer.head(question, ordering, version)
        return self._made(texts, layout, has_more, request, ends, total, head, caller, readings)

    async def _begun(
        self,
        query: MetricQuery,
        layout: RowLayout,
        wanted: int,
        scope: Hashable,
        caller: Caller,
        *,
        backwards: bool,
    ) -> tuple[str, KeptResult]:
        """The version, and the stretch of the result that its first page begins with; kept."""
        query = replace(query, keyset=Keyset(backwards=backwards))
        rows_to_read = max(wanted + 1, READ_AHEAD_ROWS if self._kept.has_room else 0)
        request = metric_rows([(query, layout)], (rows_to_read + 1,))
        # Before the rows: a version that is older than they are makes a cursor stale too early,
        # one that is newer would make it good for too long.
        tables = self._service.prepare(request, caller).statement.tables
        with timed(Part.CACHE):
            version = self._signer.seal(await self.versions.of(tables))
        answer = await self._service.run(request, caller)
        rows, has_more = _cut(answer.rows, rows_to_read, backwards=backwards)
        result = KeptResult(
            rows,
            answer.reading,
            from_start=not (backwards and has_more),
            to_end=backwards or not has_more,
        )
        # The same rows have the same name: of those who read the first page at one time, one
        # keeps them for all; and no page continues another first page than its own.
        name = f"{hash(tuple(rows)) & 0xFFFF_FFFF_FFFF:x}"
        self._kept.keep((scope, name), result, caller.tenant)
        return f"{version or ''}.{name}", result

    def _sliced(
        self, scope: Hashable, ends: _Ends, wanted: int, *, backwards: bool
    ) -> tuple[KeptResult, list[str], bool] | None:
        """The page as a part of what its first page has kept."""
        names = {cursor.version for cursor in ends.given}
        if len(names) != 1:
            return None
        version = names.pop() or ""
        result = self._kept.find((scope, version.rpartition(".")[2]))
        if result is None:
            return None
        after, before = (
            None if cursor is None else cursor.position for cursor in (ends.after, ends.before)
        )
        page = result.page(after, before, wanted, backwards=backwards)
        return None if page is None else (result, *page)

    async def _still(
        self,
        ends: _Ends,
        query: MetricQuery,
        layout: RowLayout,
        caller: Caller,
        *,
        is_fresh: bool = False,
    ) -> str | None:
        """The version of the cursors, if the data is still of it. Raises CursorStaleError."""
        request = metric_rows([(query, layout)], (1,))
        tables = self._service.prepare(request, caller).statement.tables
        with timed(Part.CACHE):
            now = self._signer.seal(await self.versions.of(tables, is_fresh=is_fresh)) or ""
        if not now and not is_by_grouping(query, self._service.catalog.dataset(query.dataset)):
            raise CursorStaleError(
                "the result of the first page is not kept any more, and whether the data is still "
                "the same cannot be told",
                hint="start again from the first page, or order by dimensions; the server's "
                "operator can name a `version` in the model",
            )
        for cursor in ends.given:
            then = (cursor.version or "").rpartition(".")[0]
            if then != now:
                raise CursorStaleError(
                    "the data has changed since the first page, and that result is not kept any "
                    "more",
                    hint="start again from the first page",
                )
        return ends.given[0].version

    # --- both --------------------------------------------------------------------------------

    def _ends(
        self,
        request: MetricPageRequest | RecordPageRequest,
        question: str,
        ordering: str,
        caller: Caller,
    ) -> _Ends:
        """The cursors that are sent, read and found to belong here."""
        cursors: list[Cursor | None] = []
        for text in (request.page.after, request.page.before):
            cursor = None if text is None else self._signer.decode(text, caller)
            if cursor is not None:
                check_cursor(cursor, question, ordering)
            cursors.append(cursor)
        return _Ends(cursors[0], cursors[1])

    def _made(
        self,
        texts: list[str],
        layout: RowLayout,
        has_more: bool,
        request: MetricPageRequest | RecordPageRequest,
        ends: _Ends,
        total: int,
        head: bytes,
        caller: Caller,
        readings: list[Reading],
    ) -> Page:
        parts = [text.split(PART) for text in texts]
        columns = list(zip(*parts, strict=True)) if parts else [()] * (len(layout.shapes) + 1)
        backwards = request.page.is_backwards
        return Page(
            tuple(columns[: len(layout.shapes)]),
            # Without positions there are no cursors to make of them.
            columns[-1],
            # Relay: what lies beyond a cursor that was sent is there, its own row for one.
            has_next=ends.before is not None or (has_more and not backwards),
            has_previous=ends.after is not None or (has_more and backwards),
            total=total,
            signer=self._signer,
            head=head,
            caller=caller,
            readings=tuple(readings),
        )


def _cut(rows: list[str], wanted: int, *, backwards: bool) -> tuple[list[str], bool]:
    """The rows of a page in the order of the result, and whether there were more."""
    page = rows[:wanted]
    return page[::-1] if backwards else page, len(rows) > wanted


def _count(rows: list[str]) -> int:
    (row,) = rows
    return int(row)


def _ordering(order: Sequence[SortItem | OrderKey]) -> str:
    """The digest of a whole order: of what breaks ties as well, which a position has values for."""
    return fingerprint(tuple((item.field, item.descending) for item in order))


def _metric_question(query: MetricQuery, dataset: Dataset) -> str:
    """The digest of what an aggregate's groups are, whatever their order and what they show.

    Of the metrics it is the sources that count: they say which groups there are.
    """
    groups = replace(query, order=(), metrics=(), dimensions=tuple(sorted(query.dimensions)))
    return fingerprint((groups, tuple(sorted(defining_sources(dataset, query)))))


def _position(texts: Sequence[str | None], types: Sequence[FieldType]) -> Position:
    """The values that a cursor's texts stand for. Raises OrderError."""
    try:
        return tuple(
            None if text is None else _value(text, declared)
            for text, declared in zip(texts, types, strict=True)
        )
    except (ValueError, OverflowError):  # PostgreSQL's infinity, years of five digits
        raise OrderError(
            "the page ends at a time that is outside of the calendar, and no page can follow it",
            hint="leave such rows out with `where`, or order by something else",
        ) from None


def _value(text: str, declared: FieldType) -> Scalar:
    match declared:
        case FieldType.STRING | FieldType.ID:
            return text
        case FieldType.BOOLEAN:
            return text == "true"
        case FieldType.INT | FieldType.BIG_INT:
            return int(text)
        case FieldType.DECIMAL:
            return Decimal(text)
        case FieldType.FLOAT:
            return float(text)
        case FieldType.DATE:
            return date.fromisoformat(text)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(text).astimezone(UTC)
