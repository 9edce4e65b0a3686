"""GraphQL answers whose rows are sent as they come; and work that ends when its client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analytics_gql.doors.export_response import ExportResponse, left
from analytics_gql.doors.exports import refuse_with
from analytics_gql.service.long_lists import Rest

T = TypeVar("T")


def streamed_answer(
    told: dict[str, Any],
    rest: Rest,
    media_type: str,
    headers: dict[str, str],
    *,
    encoding: str,
    stall_timeout_s: float,
) -> Response:
    """The reply with the rest in its place: byte for byte what it would be if it were held.

    An error, too many rows included, breaks it off: the chunked encoding is not ended.
    """
    return ExportResponse(
        _spliced(orjson.dumps(told), rest),
        headers | {"content-type": f"{media_type}; charset=utf-8"},
        refuse_with(headers),
        shows_errors=False,
        stall_timeout_s=stall_timeout_s,
        encoding=encoding,
    )


async def _spliced(answer: bytes, rest: Rest) -> AsyncGenerator[bytes, None]:
    """The bytes of an answer, with the rows where their place is."""
    before, place, after = answer.partition(rest.place.encode())
    assert place
    async with aclosing(rest.chunks()) as chunks:
        yield before + await anext(chunks, b"")
        async for chunk in chunks:
            yield chunk
    yield after


_SOON_S = 0.05
"""A client that leaves earlier is missed so much later."""


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; when its client leaves it is cancelled, down to its statements.

    The request has been read. Raises ClientDisconnect, and what the work raises.
    """
    asking, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert asking is not None
    leaving: asyncio.Task[None] | None = None
    has_left = is_done = False

    async def watch() -> None:
        nonlocal has_left
        await left(request.receive)
        if not is_done:
            has_left = True
            asking.cancel()

    def begin() -> None:
        nonlocal leaving
        leaving = loop.create_task(watch())

    # What is answered soon needs nobody who listens, which takes a task of its own.
    beginning = loop.call_later(_SOON_S, begin)
    try:
        return await work
    except asyncio.CancelledError:
        if has_left and not asking.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        is_done = True
        beginning.cancel()
        if leaving is not None:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
