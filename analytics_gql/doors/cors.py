"""Which pages of other origins may read answers (CORS, as the Fetch standard has it)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
_HEADERS = (
    *("accept", "authorization", "content-type", "if-none-match", "x-api-key", "x-request-id"),
    "x-graphql-event-stream-token",
)
_EXPOSED = (
    *("ETag", "Age", "X-Request-Id", "Server-Timing", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    *("RateLimit-Policy", "RateLimit"),
)

_PREFLIGHT_HOLDS_S = 7_200
"""As long as Chromium believes it at the most: each question by POST is two requests without."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """Origins whose pages may read answers; `*` is all of them. At least one.

    Pages of named origins may send cookies along, as a proxy in front may ask for. Where all
    origins may read, none may: a foreign page would ask with its visitor's.
    """

    origins: tuple[str, ...]

    @property
    def is_for_all(self) -> bool:
        """Whether every page may."""
        return "*" in self.origins

    @property
    def middleware(self) -> Middleware:
        """What answers preflights and adds the headers to all replies that come by it."""
        return Middleware(
            CORSMiddleware,
            allow_origins=self.origins,
            allow_methods=_METHODS,
            allow_headers=_HEADERS,
            allow_credentials=not self.is_for_all,
            expose_headers=_EXPOSED,
            max_age=_PREFLIGHT_HOLDS_S,
        )

    def allows(self, origin: str) -> bool:
        """Whether pages of an origin may."""
        return self.is_for_all or origin in self.origins

    def added(self, headers: Headers, origin: bytes | None) -> Headers:
        """The headers of a reply with what the middleware would add to them.

        For what is sent again ahead of the middleware, to requests of the same origin.
        """
        message = {"headers": headers.copy()}
        found = MutableHeaders(scope=message)
        if origin is not None:
            if self.is_for_all:
                found["access-control-allow-origin"] = "*"
            else:
                found["access-control-allow-credentials"] = "true"
            found["access-control-expose-headers"] = ", ".join(_EXPOSED)
            if (text := origin.decode("latin-1")) in self.origins:
                found["access-control-allow-origin"] = text
        # Also where nobody's origin came: a cache must not give that answer to a page.
        found["vary"] = ", ".join([*found.getlist("vary"), "Origin"])
        return message["headers"]


def is_own(origin: str, host: str) -> bool:
    """Whether a page of an origin came from the host that it asks: its scheme is not known here."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False
