"""GETs of registered documents: replies that clients and caches may keep, and this server does."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.documents import Question
from analytics_gql.doors.encodings import choose_encoding
from analytics_gql.doors.etag import is_match
from analytics_gql.doors.hits import Hit, Hits
from analytics_gql.doors.rate_headers import is_public
from analytics_gql.doors.replies import NotKept, NotModified, Replies, Reply, cache_control
from analytics_gql.guards.toll import Toll
from analytics_gql.observe.asked import current_asked
from analytics_gql.observe.timings import Part, timed
from analytics_gql.observe.watch import Known


class KeptReplies:
    """Makes replies with all that says who may keep them, and has them remembered."""

    def __init__(self, replies: Replies, hits: Hits, *, caches_honour_vary: bool) -> None:
        self._replies = replies
        self._hits = hits
        self._caches_honour_vary = caches_honour_vary

    async def reply(
        self,
        request: Request,
        question: Question,
        media_type: str,
        generation: object,
        toll: Toll,
    ) -> Response | NotKept:
        """The reply to a GET of a registered document, which clients and caches may keep."""
        encoding = choose_encoding(request.headers.get("accept-encoding"))
        if_none_match = request.headers.get("if-none-match")
        found = await self._replies.reply(question, media_type, encoding, if_none_match, toll)
        if isinstance(found, NotKept):
            return found
        headers = self._headers(found, question)
        if isinstance(found, NotModified):
            return Response(status_code=304, headers={"etag": found.tag, **headers})
        tag, now = found.tag(encoding), self._hits.clock()
        headers_of_304 = {"etag": tag, **headers}
        with timed(Part.ENCODE):
            content = found.encoded(encoding)
        headers = {
            **headers_of_304,
            "content-length": str(len(content)),
            "content-type": f"{media_type}; charset=utf-8",
        }
        if content is not found.body:
            headers["content-encoding"] = encoding
        until = found.fresh_until
        if question.until is not None:  # what is left of its time stands in the headers
            until = min(until, now + 1.0, now + question.until - time.time())
        if until > now:
            hit = Hit(
                found,
                raw_headers(headers),
                raw_headers(headers_of_304),
                content,
                tag,
                until,
                Known(current_asked()),
                toll.client,
                is_public(headers["cache-control"]),
            )
            self._hits.remember(request.scope, hit, generation)
        age = {"age": str(int(max(now - found.made, 0)))}
        if if_none_match is not None and is_match(if_none_match, tag):
            return Response(status_code=304, headers=headers_of_304 | age)
        return Response(content, headers=headers | age)

    def _headers(self, found: Reply | NotModified, question: Question) -> dict[str, str]:
        """Who may keep an answer, for how long, and what else it depends on."""
        vary, is_signed = "Accept, Accept-Encoding", question.signed_until is not None
        expires_in_s = None
        if question.until is not None:
            expires_in_s = max(int(question.until - time.time()), 0)
        if not (is_signed or found.is_for_all):
            vary += ", Authorization, X-API-Key"
        is_shared = found.is_for_all or is_signed or self._caches_honour_vary
        kept = cache_control(found.policy, is_shared=is_shared, expires_in_s=expires_in_s)
        return {"cache-control": kept, "vary": vary}


def raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
