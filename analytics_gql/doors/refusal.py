"""Replies to paths and methods that the server does not have, in the shape of every other error."""

from __future__ import annotations

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.errors import BadRequestError
from analytics_gql.gql.formatting import shown_error
from analytics_gql.observe.asked import note_code
from analytics_gql.observe.request_id import begin_request


async def refuse(request: Request, refused: Exception) -> Response:
    """Say what there is instead. Routing's own headers, `Allow` above all, are kept."""
    assert isinstance(refused, HTTPException)
    request_id = begin_request(request.headers.get("x-request-id"))
    headers = dict(refused.headers or {})
    if refused.status_code == 405:
        error = BadRequestError(
            f"{request.method[:20]} is no method of this path",
            hint=f"send {headers.get('Allow', 'another one')}",
        )
    else:
        error = BadRequestError(
            "there is nothing at this path", hint="POST to /graphql; a browser can open /"
        )
    note_code(error.code)
    headers |= {"x-request-id": request_id, "cache-control": "no-store"}
    return Response(
        orjson.dumps({"errors": [shown_error(error)]}),
        refused.status_code,
        headers,
        media_type="application/json; charset=utf-8",
    )
