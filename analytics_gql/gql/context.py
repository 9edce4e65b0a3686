"""What resolvers see; new for each request."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from analytics_gql.service.requests import Request


class Answering(Protocol):
    """A session, or what stands in its place."""

    def answer(self, request: Request) -> Awaitable[bytes]:
        """See Session.answer."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What answers, on behalf of the caller alone."""

    session: Answering
