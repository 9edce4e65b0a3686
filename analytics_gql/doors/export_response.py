"""An answer on its way to a client: sent as it is made, and not made when nobody takes it.

How it works. Nothing is sent before the first bytes are there, so whatever is wrong until then is
an ordinary error. Each chunk is made after the one before it was taken by the socket. Meanwhile the
client is listened to: when it leaves, what is being waited for is cancelled, down to the statement
in the warehouse. An error after the first byte is raised, and the server closes the connection
without the last chunk, which every HTTP client reports as an incomplete answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from analytics_gql.doors.encodings import IDENTITY, encoder
from analytics_gql.doors.rate_headers import RATE_HEADERS
from analytics_gql.errors import AnalyticsError, ReaderStalledError
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.observe.asked import note_code

logger = logging.getLogger(__name__)

_SHORT_BYTES = 16_384

Refuse = Callable[[Exception], Response]
"""The ordinary reply to an error."""


class ExportResponse(Response):
    """Sends what a generator makes. The generator is closed in any case."""

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        headers: Mapping[str, str],
        refuse: Refuse,
        *,
        shows_errors: bool,
        stall_timeout_s: float,
        encoding: str = IDENTITY,
    ) -> None:
        """`shows_errors`: an error after the first byte is a last line of JSON in the file."""
        super().__init__(headers=headers)
        self._encoder = encoder(encoding)
        if self._encoder is not None:
            self.headers["content-encoding"] = encoding
            self.headers["vary"] = "Accept-Encoding"
        del self.headers["content-length"]
        self._chunks = chunks
        self._refuse = refuse
        self._shows_errors = shows_errors
        self._stall_timeout_s = stall_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the reply to the error that came before its first byte."""
        sending = asyncio.create_task(self._send(scope, receive, send))
        leaving = asyncio.create_task(left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            # Until the warehouse has let go of the statement.
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if not sending.cancelled():
            sending.result()

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks) as chunks:
            try:
                first = await anext(chunks, b"")
            except Exception as error:
                refused = self._refuse(error)
                for name in RATE_HEADERS:
                    if name in self.headers:
                        refused.headers[name] = self.headers[name]
                await refused(scope, receive, send)
                return
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            await self._send_part(first, send)
            try:
                async for chunk in chunks:
                    await self._send_part(chunk, send)
            except Exception as error:
                shown = (
                    shown_error(error) if isinstance(error, AnalyticsError) else bug_error(error)
                )
                code = shown["extensions"]["code"]
                note_code(code)
                logger.warning("an answer broke off: %s", code)
                if self._shows_errors and not isinstance(error, ReaderStalledError):
                    await self._send_part(orjson.dumps({"errors": [shown]}) + b"\n", send)
                    if self._encoder is not None:
                        await self._send_bytes(self._encoder.flush(), send)
                raise
            if self._encoder is not None:
                await self._send_bytes(self._encoder.end(), send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_part(self, part: bytes, send: Send) -> None:
        if self._encoder is not None:
            # In a thread, as it computes; but not for a few bytes.
            write = self._encoder.write
            is_short = len(part) < _SHORT_BYTES
            part = write(part) if is_short else await asyncio.to_thread(write, part)
        await self._send_bytes(part, send)

    async def _send_bytes(self, content: bytes, send: Send) -> None:
        if not content:
            return
        try:
            async with asyncio.timeout(self._stall_timeout_s):
                await send({"type": "http.response.body", "body": content, "more_body": True})
        except TimeoutError:
            raise ReaderStalledError(
                f"the reader took nothing for {self._stall_timeout_s:g} s",
                hint="read without pauses, or ask for a smaller part",
            ) from None


async def left(receive: Receive) -> None:
    """Return when the client is gone. (Its request has been read.)"""
    while (await receive())["type"] != "http.disconnect":
        pass
