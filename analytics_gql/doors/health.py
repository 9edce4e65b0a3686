"""Live and ready."""

from __future__ import annotations

import logging

import orjson
from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.drain import Drain
from analytics_gql.errors import EngineError
from analytics_gql.service.service import Service

logger = logging.getLogger(__name__)


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return _reply({"status": "ok"}, 200)


class Readiness:
    """Ready to be sent requests: the warehouse answers, its data fits the model, and the server
    has not been told to stop.
    """

    def __init__(self, service: Service, drain: Drain) -> None:
        self._service = service
        self._drain = drain

    async def readyz(self, _request: Request) -> Response:
        """200 while questions are answered and more of them may come, else 503."""
        if self._drain.has_begun:
            return _reply({"status": "stopping"}, 503)
        try:
            await self._service.ready()
        except EngineError as error:
            logger.warning("not ready: %s: %s", error.code, error.detail)
            return _reply({"status": "unavailable", "code": error.code}, 503)
        return _reply({"status": "ready"}, 200)


def _reply(content: dict[str, str], status: int) -> Response:
    return Response(
        orjson.dumps(content),
        status,
        {"cache-control": "no-store"},
        media_type="application/json; charset=utf-8",
    )
