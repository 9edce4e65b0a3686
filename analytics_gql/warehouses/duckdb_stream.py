"""One statement's rows as DuckDB has them ready, without a Python object for any."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import duckdb
import pyarrow as pa

from analytics_gql.warehouses.warehouse import Batch

_ROWS_OF_BATCH = 4_096

_TOLD_BY_TEXT: tuple[tuple[str, type[duckdb.Error]], ...] = (
    ("INTERRUPT", duckdb.InterruptException),
    ("Conversion", duckdb.ConversionException),
    ("Out of Range", duckdb.OutOfRangeException),
    ("IO", duckdb.IOException),
    ("FATAL", duckdb.FatalException),
)
"""What an error is, which Arrow's reader passes on as an OSError that starts with its name."""

Lend = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class DuckDBStream:
    """Reads batch after batch; each call blocks, and needs the thread only as long as it lasts.

    The engine works ahead by 10 MB (its `streaming_buffer_size`) and waits there for its reader.
    """

    def __init__(self, lend: Lend, sql: str, parameters: list[Any]) -> None:
        self._lend = lend
        self._sql = sql
        self._parameters = parameters
        self._loan: AbstractContextManager[duckdb.DuckDBPyConnection] | None = None
        self._reader: pa.RecordBatchReader | None = None
        self.cursor: duckdb.DuckDBPyConnection | None = None
        """The cursor, from `open` on."""

    def open(self) -> duckdb.DuckDBPyConnection:
        """Take a cursor; nothing runs yet."""
        loan = self._lend()
        self.cursor = loan.__enter__()
        self._loan = loan
        return self.cursor

    def next(self) -> Batch | None:
        """The next rows; None after the last. Raises duckdb.Error."""
        assert self.cursor is not None
        try:
            if self._reader is None:
                # Not `execute`: DuckDB would have the whole result in memory before any of it
                # can be read as Arrow.
                statement = only_select(self.cursor, self._sql)
                relation = self.cursor.sql(statement, params=self._parameters)
                self._reader = relation.to_arrow_reader(_ROWS_OF_BATCH)
            return _batch(self._reader.read_next_batch())
        except StopIteration:
            return None
        except OSError as error:
            raise _as_duckdb_says(error) from error

    def close(self, *, is_whole: bool) -> None:
        """Give the cursor back; if not `is_whole`, the rest of the rows is never made."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._loan is not None:
            loan, self._loan, self.cursor = self._loan, None, None
            if is_whole:
                loan.__exit__(None, None, None)
            else:  # not lent again, as a cursor whose statement failed
                loan.__exit__(duckdb.Error, duckdb.Error("the rest is not wanted"), None)


def only_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of a text, which only reads. Raises duckdb.Error.

    A folder of Parquet files stands in a database of its own in memory, which can be written to,
    as can the folder itself (COPY … TO): DuckDB has no switch for that.
    """
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
        raise duckdb.PermissionException("only a single SELECT is run")
    return statements[0]


def _batch(rows: pa.RecordBatch) -> Batch:
    """The bytes of all texts, which lie side by side in Arrow's buffer."""
    (texts,) = rows.columns
    assert texts.type == pa.string()
    assert texts.null_count == 0
    _, ends, content = texts.buffers()
    if len(texts) == 0 or content is None:
        return Batch(len(texts), b"")
    places = memoryview(ends).cast("i")
    start, end = places[texts.offset], places[texts.offset + len(texts)]
    return Batch(len(texts), content.slice(start, end - start).to_pybytes())


def _as_duckdb_says(error: OSError) -> duckdb.Error:
    text = str(error)
    for name, kind in _TOLD_BY_TEXT:
        if text.startswith(f"{name} Error"):
            return kind(text)
    return duckdb.Error(text)
