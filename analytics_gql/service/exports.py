"""One list of rows as a file: what a request asks for, and its bytes as the warehouse makes them.

How it works. The rows are counted first, so that a file that would be too long is an error and not
a short file; then one statement is read batch by batch, each row being a line that the engine
wrote. CSV and NDJSON are these lines, untouched; columnar formats are read from CSV's lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import Enum

from analytics_gql.access.caller import Caller
from analytics_gql.errors import NotExportableError, TooManyRowsError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.kinds import FieldType
from analytics_gql.observe.asked import note_rows
from analytics_gql.query.line_layout import LineForm, LineLayout
from analytics_gql.query.metric_query import MetricQuery, split
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember, RowSelection, RowShape
from analytics_gql.service.columnar import ArrowWriter, Column, ColumnarWriter, ParquetWriter
from analytics_gql.service.line_statements import lines_of
from analytics_gql.service.requests import (
    FiguresRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
    ValuesRequest,
)
from analytics_gql.service.service import Service
from analytics_gql.service.statements import MetricCount, record_rows

LIMITED_ROWS = 10_000
"""So many rows at most are limited by the statement, without a count; see LineLayout."""


class ExportFormat(Enum):
    """What kind of file. The value is what its name ends with."""

    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    PARQUET = "parquet"

    @property
    def line_form(self) -> LineForm:
        """What the engine writes of each row."""
        return LineForm.JSON if self is ExportFormat.NDJSON else LineForm.CSV


@dataclass(frozen=True, slots=True)
class Export:
    """A question whose rows are wanted as a file. `limit` None: all that there are."""

    query: MetricQuery | RecordQuery
    shape: RowShape
    limit: int | None


def export_of(request: Request) -> Export:
    """The export that a root field asks for. Raises NotExportableError or PageArgumentError.

    Of a connection the rows are wanted, `first` of them or all; what else it selects (`pageInfo`,
    `totalCount`, cursors) is no part of a file, so that one document serves a table and its export.
    """
    match request:
        case MetricRequest():
            return Export(request.query, _without_links(request.rows), request.query.limit)
        case MetricPageRequest() | RecordPageRequest():
            page = request.page
            if page.after is not None or page.before is not None or page.last is not None:
                raise NotExportableError(
                    "an export goes from the first row on, without `after`, `before` and `last`",
                    hint="leave them out; take a part with `where` or `dateRange`",
                )
            selections = request.shape.selections
            if len(selections) != 1:
                raise NotExportableError(
                    "the rows are selected twice, in different forms"
                    if selections
                    else "no rows are selected",
                    hint="select `nodes { … }` alone",
                )
            return Export(request.query, _without_links(selections[0]), page.first)
        case ValuesRequest() | FiguresRequest():
            raise NotExportableError(
                "the catalog is no list of rows",
                hint="export a dataset or records, or ask for JSON",
            )
        case _:
            raise NotExportableError(
                "an entity is looked up, which is no list of rows",
                hint="export a dataset or records, or ask for JSON",
            )


def _without_links(rows: RowSelection) -> RowShape:
    if rows.links:
        raise NotExportableError(
            f"'{rows.links[0].entity}' is looked up for each row, which an export cannot do",
            hint="select the field that holds its key instead, or ask for JSON",
        )
    return rows.shape


class Exports:
    """Writes files from one service's answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def chunks(
        self, export: Export, format: ExportFormat, caller: Caller
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of a file, as its reader takes them.

        The first come with the first rows: what goes wrong before leaves nothing half written.
        Raises TooManyRowsError rather than end short, and whatever `Service.stream` raises.
        """
        limit = await self._checked_limit(export, caller)
        layout = LineLayout(export.shape, format.line_form, is_limited=limit is not None)
        most = min(export.limit or caller.max_rows, caller.max_rows)
        request = lines_of(export.query, layout, limit or 0)
        file = _file(format, columns_of(export, self._service.catalog))
        rows = 0
        async with aclosing(self._service.stream(request, caller)) as batches:
            async for batch in batches:
                rows += batch.rows
                if rows > most:  # more have come since they were counted
                    raise _too_many(rows, caller)
                note_rows(batch.rows)
                if chunk := await file.write(batch.text):
                    yield chunk
        if chunk := await file.end():
            yield chunk

    async def _checked_limit(self, export: Export, caller: Caller) -> int | None:
        """How many rows the statement is to be limited to, None for all.

        Raises TooManyRowsError: rows are counted as they would be sent, whatever limit is asked.
        """
        limit = export.limit
        if limit is not None and limit <= min(LIMITED_ROWS, caller.max_rows):
            return limit
        rows = await self._count(export.query, caller)
        if limit is not None and limit < rows:
            rows = limit
        else:
            limit = None
        if rows > caller.max_rows:
            raise _too_many(rows, caller)
        return limit

    async def _count(self, query: MetricQuery | RecordQuery, caller: Caller) -> int:
        plain = replace(query, order=())
        if isinstance(plain, MetricQuery):
            counted = await self._service.run(MetricCount(*split(plain)), caller)
        else:
            counted = await self._service.run(record_rows(plain, None, 1), caller)
        return int(counted.rows[0])


def _too_many(rows: int, caller: Caller) -> TooManyRowsError:
    return TooManyRowsError(
        f"the export has {rows:,} rows, and your tier may read {caller.max_rows:,} at once",
        hint="take parts with `where` or `dateRange`, or the first rows with `limit` or `first`",
    )


def columns_of(export: Export, catalog: Catalog) -> tuple[Column, ...]:
    """The columns of a file: response keys in the order of the selection."""
    types = _field_types(export.query, catalog)
    return tuple(
        Column(member.key, types[member.field])
        if isinstance(member, FieldMember)
        else Column(member.key, FieldType.STRING)
        for member in export.shape
    )


def _field_types(query: MetricQuery | RecordQuery, catalog: Catalog) -> dict[str, FieldType]:
    if isinstance(query, RecordQuery):
        return {item.name: item.type for item in catalog.records_of(query.records).rows.fields}
    dataset = catalog.dataset(query.dataset)
    types = {item.name: item.type for item in dataset.dimensions}
    types |= {item.name: item.type for item in dataset.metrics}
    return types if dataset.time is None else types | {dataset.time.name: dataset.time.type}


class _LineFile:
    """The lines as they are, under a header if the format has one."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    async def write(self, lines: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + lines if header else lines

    async def end(self) -> bytes:
        return self._header


class _ColumnarFile:
    """A columnar format, written in threads: it computes."""

    def __init__(self, writer: ColumnarWriter) -> None:
        self._writer = writer

    async def write(self, lines: bytes) -> bytes:
        return await asyncio.to_thread(self._writer.write, lines)

    async def end(self) -> bytes:
        return await asyncio.to_thread(self._writer.end)


def _file(format: ExportFormat, columns: tuple[Column, ...]) -> _LineFile | _ColumnarFile:
    match format:
        case ExportFormat.CSV:
            # Response keys are GraphQL's names: none needs quotes.
            return _LineFile(",".join(column.name for column in columns).encode() + b"\r\n")
        case ExportFormat.NDJSON:
            return _LineFile(b"")
        case ExportFormat.ARROW:
            return _ColumnarFile(ArrowWriter(columns))
        case ExportFormat.PARQUET:
            return _ColumnarFile(ParquetWriter(columns))
