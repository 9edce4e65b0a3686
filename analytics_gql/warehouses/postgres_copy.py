"""COPY of a statement's rows as CSV, instead of text that expressions put together.

COPY takes no parameters, so their values are written into the statement, by the server itself:
it quotes them and says of what types they are. And it ends its lines with a line feed alone, where
RFC 4180 has CR LF. Text may hold line feeds, too, so the end is marked: with a last column, a
carriage return, which COPY writes in quotes. What it then writes at the end of a row, `,"␍"␊`,
stands nowhere else: the quotes that are part of a text are doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import asyncpg
import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

from analytics_gql.sql.dialects.postgres import PostgresDialect
from analytics_gql.warehouses.warehouse import Batch

_END = b',"\r"\n'
_LINE_END = b"\r\n"
_BATCH_BYTES = 1 << 18

_LAST_WORD_S = 5.0
"""How long a server may take to say that it has cancelled a statement."""


async def copied_query(connection: Any, sql: str, parameters: Sequence[Any]) -> str:
    """The query to copy, with its values written out. Raises the driver's errors."""
    query = await _written_out(connection, sql, parameters) if parameters else sql
    return f"SELECT *, CHR(13) FROM ({query}) AS lines"  # noqa: S608  values are quoted


async def _written_out(connection: Any, sql: str, parameters: Sequence[Any]) -> str:
    """A query with its values in the places of its parameters, quoted by the server."""
    prepared = await connection.prepare(sql)
    types = [_type_name(of) for of in prepared.get_parameters()]
    columns = [
        f"quote_nullable(CAST(CAST(${number} AS {name}) AS text))"
        for number, name in enumerate(types, start=1)
    ]
    literals = await connection.fetchrow(f"SELECT {', '.join(columns)}", *parameters)
    parts: list[str] = []
    end = 0
    for dollar, number in _parameters(sql):
        index = int(number.text) - 1
        parts += [sql[end : dollar.start], f"CAST({literals[index]} AS {types[index]})"]
        end = number.end + 1
    return "".join([*parts, sql[end:]])


def _parameters(sql: str) -> list[tuple[Token, Token]]:
    """The `$` and the number of each parameter; a text or a name may have the same letters."""
    tokens = sqlglot.tokenize(sql, read=PostgresDialect.name)
    return [
        (token, after)
        for token, after in pairwise(tokens)
        if token.token_type is TokenType.PARAMETER
    ]


def _type_name(of: Any) -> str:
    """A type as SQL has it; `name[]` is how the driver calls the array `_name`."""
    name = f"_{of.name[:-2]}" if of.name.endswith("[]") else of.name
    return f'"{of.schema}"."{name}"'


class CopiedRows:
    """Has the server copy rows while those before them are sent; it waits for slow readers."""

    def __init__(self, connection: Any, query: str, quoted: Sequence[str]) -> None:
        self._connection = connection
        self._batches: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=2)
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._copying = asyncio.create_task(self._copy(connection, query, quoted))

    async def take(self) -> Batch | None:
        """The next rows, None after the last. Raises the driver's errors."""
        batch = await self._batches.get()
        if batch is None:
            await self._copying
        return batch

    async def leave(self) -> None:
        """Cancel what is being copied; return when the connection can be used again."""
        if self._copying.done():
            await asyncio.gather(self._copying, return_exceptions=True)
            return
        self._copying.cancel()
        await asyncio.gather(self._copying, return_exceptions=True)
        # A copy that was cancelled has ended for the driver before the server has said the last of
        # it: until then the driver refuses to send anything.
        try:
            async with asyncio.timeout(_LAST_WORD_S):
                while not await self._is_idle():  # noqa: ASYNC110  there is no event to wait for
                    await asyncio.sleep(0.005)
        except TimeoutError:  # the server does not say it: the connection is of no use
            self._connection.terminate()

    async def _is_idle(self) -> bool:
        try:
            await self._connection.execute("SELECT 1")
        except asyncpg.InternalClientError:
            return False
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return True  # the transaction has failed, or the connection: what comes next sees it
        return True

    async def _copy(self, connection: Any, query: str, quoted: Sequence[str]) -> None:
        try:
            await connection.copy_from_query(
                query, output=self._keep, format="csv", force_quote=list(quoted) or None
            )
            if rest := b"".join(self._held):
                await self._put(rest)
            await self._batches.put(None)
        except BaseException:
            # The reader is to learn of it at once, and no place is to be waited for.
            while not self._batches.empty():
                self._batches.get_nowait()
            self._batches.put_nowait(None)
            raise

    async def _keep(self, rows: bytes) -> None:
        """Take rows as the driver reads them: whole ones, which are a message each."""
        self._held.append(rows)
        self._held_bytes += len(rows)
        if self._held_bytes <= _BATCH_BYTES:
            return
        # Not where the driver's read happened to end: the same question gives the same file.
        held = b"".join(self._held)
        start = 0
        while (end := held.find(_END, start + _BATCH_BYTES)) >= 0:
            end += len(_END)
            await self._put(held[start:end])
            start = end
        self._held = [held[start:]]
        self._held_bytes = len(held) - start

    async def _put(self, copied: bytes) -> None:
        text = copied.replace(_END, _LINE_END)
        rows = (len(copied) - len(text)) // (len(_END) - len(_LINE_END))
        await self._batches.put(Batch(rows, text))
