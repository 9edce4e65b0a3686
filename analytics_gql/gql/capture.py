"""Reads what a document asks for without answering it."""

from __future__ import annotations

from collections.abc import Awaitable

from analytics_gql.service.requests import Request


class Capture:
    """Stands in a session's place: takes the requests of root fields, and answers `null`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Awaitable[str]:
        """Take a request."""
        self.requests.append(request)
        return _null()


async def _null() -> str:
    return "null"
