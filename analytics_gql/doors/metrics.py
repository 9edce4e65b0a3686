"""/metrics, for Prometheus."""

from __future__ import annotations

import hmac

import orjson
from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.admission import is_from_here
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import UnauthenticatedError
from analytics_gql.gql.formatting import shown_error
from analytics_gql.observe.asked import note_code
from analytics_gql.observe.metrics import Metrics
from analytics_gql.observe.request_id import begin_request


class MetricsDoor:
    """Tells the numbers to whoever has the token.

    Without a token they are for callers on this machine where `is_open_here`. They name tenants of
    nobody, but documents, fields of the schema and how much they are asked for.
    """

    def __init__(self, metrics: Metrics, token: str | None, *, is_open_here: bool) -> None:
        self._metrics = metrics
        self._token = token
        self._is_open_here = is_open_here

    async def respond(self, request: Request) -> Response:
        """200 in Prometheus's format or in OpenMetrics, else 401."""
        request_id = begin_request(request.headers.get("x-request-id"))
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        if not self._may_read(request):
            error = UnauthenticatedError(
                "the metrics are not for everybody",
                hint="send ANALYTICS_GQL_METRICS_TOKEN as `Authorization: Bearer TOKEN`"
                if self._token or not self._is_open_here
                else "ask http://localhost, or set ANALYTICS_GQL_METRICS_TOKEN",
            )
            note_code(error.code)
            return Response(
                orjson.dumps({"errors": [shown_error(error)]}),
                HTTP_STATUS[error.code],
                headers | {"www-authenticate": 'Bearer realm="analytics-gql metrics"'},
                media_type="application/json; charset=utf-8",
            )
        content, media_type = self._metrics.exposition(request.headers.get("accept", ""))
        return Response(content, headers=headers | {"content-type": media_type})

    def _may_read(self, request: Request) -> bool:
        if self._token is None:
            client = request.client.host if request.client else None
            return self._is_open_here and is_from_here(request.headers, client)
        sent = [value.partition(" ") for value in request.headers.getlist("authorization")]
        return any(
            scheme.lower() == "bearer"
            and hmac.compare_digest(token.strip().encode(), self._token.encode())
            for scheme, _, token in sent
        )
