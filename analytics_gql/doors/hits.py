"""The shortest way: a GET that was answered before is answered again ahead of everything else.

A Starlette route that does nothing costs nearly half of what a bare ASGI application can serve. So
what a request was answered with is remembered under its very bytes (path, query string, the
headers that the answer depends on, the client's address), and sent again without being understood,
as long as the answer stands. It stands for a second at a time: then the data's version is looked
up on the long way, which remembers anew. The credential is among those bytes: another one is
another request. Each is paid for by its client, as any other.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from analytics_gql.doors.cors import CrossOrigin
from analytics_gql.doors.etag import is_match
from analytics_gql.doors.rate_headers import rate_headers
from analytics_gql.doors.replies import Reply
from analytics_gql.doors.security_headers import SECURITY_HEADERS, with_security_headers
from analytics_gql.guards.limiter import Limiter
from analytics_gql.guards.rates import Standing
from analytics_gql.guards.toll import Client
from analytics_gql.observe.request_id import as_presented, new_request_id
from analytics_gql.observe.watch import Known, RequestWatch

_MATTERING = frozenset({b"accept", b"accept-encoding", b"authorization", b"x-api-key", b"host"})
"""The headers that an answer, or whether there is one, depends on."""

_MAX_KEY_BYTES = 8_192

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply as it goes out: its headers but for those of the moment, and its bytes.

    `until` is when it has to be looked at again, by the clock of Hits; `known` what is to be told
    of those who are sent it. `client` pays for it.
    """

    reply: Reply
    headers: Headers
    headers_of_304: Headers
    body: bytes
    tag: str
    until: float
    known: Known | None = None
    client: Client | None = None
    is_public: bool = False


Found = tuple[Hit, str | None, str | None]
"""What is remembered, and of the request the tags that it knows and its identifier."""


class Hits:
    """Remembers requests by their bytes, the most recent ones.

    `generation` gives something unequal when what names or credentials stand for has changed:
    nothing that was remembered before it holds. With `cross_origin` a reply is remembered for the
    page's origin alone, with the headers that it reads it by.
    """

    def __init__(
        self,
        generation: Callable[[], object],
        clock: Callable[[], float],
        *,
        cross_origin: CrossOrigin | None = None,
        limiter: Limiter | None = None,
        entries: int = 4_096,
    ) -> None:
        self.clock = clock
        self._generation = generation
        self._seen = generation()
        self._cross_origin = cross_origin
        self.limiter = limiter
        self._mattering = _MATTERING if cross_origin is None else _MATTERING | {b"origin"}
        self._entries = entries
        self._hits: OrderedDict[tuple[Any, ...], Hit] = OrderedDict()
        self.answered = 0
        """How many requests were answered here."""

    def generation(self) -> object:
        """What names and credentials stand for now; to be taken before a request is looked at."""
        return self._generation()

    def remember(self, scope: Scope, hit: Hit, generation: object) -> None:
        """Answer such requests by the hit from now on, if its generation still is the present one.

        A key that was taken away while its request was answered is not remembered.
        """
        if generation != self._generation():
            return
        mattering = [pair for pair in scope["headers"] if pair[0] in self._mattering]
        size = len(scope["query_string"]) + sum(len(value) for _, value in mattering)
        if size > _MAX_KEY_BYTES:
            return
        key = _key(scope, mattering)
        origin = next((value for name, value in mattering if name == b"origin"), None)
        self._hits[key] = replace(
            hit,
            headers=self._dressed(hit.headers, origin),
            headers_of_304=self._dressed(hit.headers_of_304, origin),
        )
        self._hits.move_to_end(key)
        if len(self._hits) > self._entries:
            self._hits.popitem(last=False)

    def _dressed(self, headers: Headers, origin: bytes | None) -> Headers:
        """The headers with what other replies are given on their way out."""
        if self._cross_origin is not None:
            headers = self._cross_origin.added(headers, origin)
        return [*headers, *SECURITY_HEADERS]

    def find(self, scope: Scope) -> Found | None:
        """What is remembered of a request; None if it has to be understood."""
        generation = self._generation()
        if generation != self._seen:
            self._seen = generation
            self._hits.clear()
        mattering: Headers = []
        names = self._mattering
        if_none_match = request_id = None
        for pair in scope["headers"]:
            name = pair[0]
            if name in names:
                mattering.append(pair)
            elif name == b"if-none-match":
                if_none_match = pair[1].decode("latin-1")
            elif name == b"x-request-id":
                request_id = as_presented(pair[1].decode("latin-1"))
        hit = self._hits.get(_key(scope, mattering))
        if hit is None or self.clock() >= hit.until:
            return None
        return hit, if_none_match, request_id

    def messages(
        self, scope: Scope, found: Found, standing: Standing | None
    ) -> tuple[Message, Message]:
        """What to send to a client that stands so. The request's identifier is the last header."""
        self.answered += 1
        hit, if_none_match, request_id = found
        moment = [] if standing is None or hit.is_public else rate_headers(standing)
        moment += [
            (b"age", b"%d" % max(self.clock() - hit.reply.made, 0)),
            (b"x-request-id", (request_id or new_request_id()).encode("latin-1")),
        ]
        if if_none_match is not None and is_match(if_none_match, hit.tag):
            return _start(304, hit.headers_of_304 + moment), _body(b"")
        body = b"" if scope["method"] == "HEAD" else hit.body
        return _start(200, hit.headers + moment), _body(body)

    async def paid(self, client: Client) -> Standing | None:
        """Where the client stands after a request; it has to wait for Redis now and then."""
        limiter = self.limiter
        return None if limiter is None else await limiter.take(client.name, client.rate, 1)


def _key(scope: Scope, mattering: Headers) -> tuple[Any, ...]:
    client = scope["client"]
    return (
        scope["path"],
        scope["query_string"],
        None if client is None else client[0],
        tuple(mattering),
    )


class HitsFirst(Starlette):
    """The application, which answers what is remembered ahead of its middleware and its routes.

    Every reply bears the security headers, also one to an error of the middleware's own. `watch`
    is told of every request.
    """

    hits: Hits | None = None
    watch: RequestWatch | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification, HTTP."""
        hits, watch = self.hits, self.watch
        if scope["type"] == "http":
            if hits is not None and scope["method"] in ("GET", "HEAD"):
                began = perf_counter()
                found = hits.find(scope)
                if found is not None:
                    hit = found[0]
                    client, standing = hit.client, None
                    if client is not None and hits.limiter is not None:
                        standing = hits.limiter.take_at_once(client.name, client.rate, 1)
                        standing = standing or await hits.paid(client)
                    # Of a refusal the long way says why.
                    if standing is None or standing.refused_by is None:
                        start, body = hits.messages(scope, found, standing)
                        await send(start)
                        await send(body)
                        if watch is not None and hit.known is not None:
                            watch.remembered(hit.known, scope, start, began)
                        return
            send = with_security_headers(send)
            if watch is not None:
                await watch.answering(super().__call__, scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _body(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body}
