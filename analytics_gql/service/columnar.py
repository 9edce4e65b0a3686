"""Lines of CSV → Arrow's stream format, or Parquet, batch by batch.

The engine has written each value exactly, text in quotes and nothing for NULL; Arrow's own reader
takes the lines apart, into the types that the fields are declared as. So one statement serves every
format on every engine, and no cell becomes a Python object.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from analytics_gql.errors import ValueOutOfRangeError
from analytics_gql.model.kinds import FieldType

ROWS_OF_GROUP = 65_536
"""Rows of a row group of Parquet: as many as are in memory at once."""

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    FieldType.STRING: pa.string(),
    FieldType.ID: pa.string(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.INT: pa.int32(),
    FieldType.BIG_INT: pa.int64(),
    # The widest decimal that readers know; ten places, as in a list of decimals (see the dialects).
    FieldType.DECIMAL: pa.decimal128(38, 10),
    FieldType.FLOAT: pa.float64(),
    FieldType.DATE: pa.date32(),
    FieldType.DATE_TIME: pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, and the type of the field that it shows."""

    name: str
    type: FieldType


class ColumnarWriter(Protocol):
    """Writes one file. Its calls compute, and are made in a thread."""

    def write(self, lines: bytes) -> bytes:
        """The bytes that are ready once these rows are known. Raises ValueOutOfRangeError."""

    def end(self) -> bytes:
        """The rest of the file."""


class ArrowWriter:
    """Arrow's stream format: each batch is sent as it comes."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._schema = schema_of(columns)
        self._sink = _Sink()
        self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, "w"), self._schema)

    def write(self, lines: bytes) -> bytes:
        """See ColumnarWriter."""
        self._writer.write_table(read_lines(lines, self._schema))
        return self._sink.taken()

    def end(self) -> bytes:
        """See ColumnarWriter."""
        self._writer.close()
        return self._sink.taken()


class ParquetWriter:
    """Parquet: rows are gathered for a row group, and compressed with Snappy, which all read."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._schema = schema_of(columns)
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(pa.PythonFile(self._sink, "w"), self._schema)
        self._gathered: list[pa.Table] = []

    def write(self, lines: bytes) -> bytes:
        """See ColumnarWriter."""
        self._gathered.append(read_lines(lines, self._schema))
        if sum(table.num_rows for table in self._gathered) >= ROWS_OF_GROUP:
            self._write_group()
        return self._sink.taken()

    def end(self) -> bytes:
        """See ColumnarWriter."""
        if self._gathered:
            self._write_group()
        self._writer.close()
        return self._sink.taken()

    def _write_group(self) -> None:
        rows = pa.concat_tables(self._gathered)
        self._gathered = []
        self._writer.write_table(rows, row_group_size=max(rows.num_rows, 1))


class _Sink:
    """What a writer has written and nobody has taken yet."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """As a file has it. Arrow may use its memory again, so it is copied."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """As a file has it."""

    def close(self) -> None:
        """As a file has it."""

    def taken(self) -> bytes:
        """The bytes since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def schema_of(columns: Iterable[Column]) -> pa.Schema:
    """The columns in their order; any value may be missing."""
    return pa.schema([pa.field(column.name, ARROW_TYPES[column.type]) for column in columns])


def read_lines(lines: bytes, schema: pa.Schema) -> pa.Table:
    """Whole lines of CSV without a header, as typed columns. Raises ValueOutOfRangeError."""
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(lines),
            read_options=arrow_csv.ReadOptions(
                column_names=schema.names, use_threads=False, block_size=len(lines) + 1
            ),
            # The line of a single column without a value is empty.
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                true_values=["true"],
                false_values=["false"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for column in table.columns:
            if pa.types.is_decimal(column.type):  # else one digit too many would pass
                column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ValueOutOfRangeError(
            "a value does not fit the type that its column has in this format",
            hint="export as csv or ndjson, which hold any value: Arrow and Parquet have decimals "
            "of 28 digits before the point and 10 after it, and days of the years 1 to 9999",
        ) from error
    return table
