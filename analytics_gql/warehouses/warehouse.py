"""What the server asks of a warehouse."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.statement import Quoted
from analytics_gql.warehouses.table_keys import TableKeys


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a statement of one text column: how many, and their texts in one, as UTF-8."""

    rows: int
    text: bytes


class Warehouse(Protocol):
    """One warehouse, open. Driver exceptions never pass upwards; see `EngineError`."""

    @property
    def dialect(self) -> Dialect:
        """How its SQL is written."""

    @property
    def label(self) -> str:
        """What and where it is, for people; without credentials."""

    async def rows(
        self, sql: str, parameters: list[Any], *, tenant: str | None = None
    ) -> list[str]:
        """Run a statement of one text column; its values in order.

        The tenant is told to a database that is set up to hide the rows of others by itself.

        Cancelling the call cancels the statement in the warehouse. Raises StatementTimeoutError,
        ValueOutOfRangeError, WarehouseUnavailableError, WarehouseError, or WarehouseReplacedError
        (see `settle`).
        """

    def stream(
        self,
        sql: str,
        parameters: list[Any],
        quoted: Quoted = None,
        *,
        tenant: str | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """Run a statement of one text column whose rows are read as they are wanted.

        With `quoted`, which a dialect that `writes_csv` gives: of columns that are made lines.
        Rows come in order, in batches of which few are in memory, and are made no faster than they
        are taken. Closing the generator, or cancelling what waits for it, cancels the statement in
        the warehouse. Raises what `rows` raises; WarehouseReplacedError before the first batch
        alone, StatementTimeoutError once the warehouse was waited for too long in all. A stream
        that ends without an error has every row.
        """

    async def generation(self) -> int:
        """The number of the database that is there now; another one if it was replaced as a whole.

        Raises WarehouseUnavailableError.
        """

    def settle(self, generation: int) -> None:
        """Let `rows` run on the database of that number alone, as the model fits it."""

    async def table_columns(
        self, tables: Iterable[TableName]
    ) -> Mapping[TableName, Mapping[str, ColumnKind]]:
        """The columns of those of the tables that exist, by name in the warehouse's spelling."""

    async def table_keys(self, table: TableName) -> TableKeys:
        """What the warehouse enforces of a table's rows; nothing of a view or an unknown table."""

    async def identity(self) -> str | None:
        """A short text that changes whenever the data may have changed.

        None where that cannot be told without reading the tables. Statements that begin after the
        call read these data, or newer ones.
        """

    async def kinds(self, sql: str) -> tuple[ColumnKind, ...]:
        """The kinds of a SELECT's columns, found without running it.

        Raises WarehouseError whose `detail` is the engine's own complaint.
        """

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        """The first row of an operator's statement (never a caller's), None if there is none."""

    async def ping(self) -> None:
        """Return if the warehouse answers. Raises EngineError if not."""

    async def close(self) -> None:
        """Wait for nothing, cancel what runs, free connections."""
