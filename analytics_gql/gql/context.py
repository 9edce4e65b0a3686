"""What resolvers see; new for each request."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analytics_gql.model.catalog import Catalog
from analytics_gql.service.requests import Request


class Answering(Protocol):
    """A session, or what stands in its place."""

    def answer(self, request: Request) -> Awaitable[str]:
        """See Session.answer."""


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """An address that shows an answer to whoever has it, until a Unix time."""

    url: str
    expires: int


class Signing(Protocol):
    """Signs URLs on behalf of the caller."""

    def sign(
        self, document: str, parameters: Sequence[tuple[str, str]], expires_in_s: int
    ) -> SignedUrl:
        """The URL of a registered document. Raises RequestError or AccessError."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What answers, on behalf of the caller alone.

    `catalog` is the whole one, bound to the warehouse: what is in sight is up to who reads it.
    `max_rows` is how many rows one answer may have. Without `signing`, nothing can be signed.
    `asked` is what root fields came to ask for rows, by their response keys.
    """

    session: Answering
    catalog: Catalog
    max_rows: int
    signing: Signing | None = None
    asked: list[tuple[str, Request]] = field(default_factory=list)
