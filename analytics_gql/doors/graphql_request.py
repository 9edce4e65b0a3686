"""The parameters of a GraphQL request, from a body or from a URL (GraphQL over HTTP, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from analytics_gql.doors.media_types import is_utf_8
from analytics_gql.errors import (
    BadRequestError,
    RequestTooLargeError,
    UnsupportedMediaTypeError,
)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What is to be executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_body(request: Request, max_bytes: int) -> GraphQLRequest:
    """The parameters of a POST.

    Only JSON is taken: what a form of a foreign page can send without a preflight is not.
    Raises UnsupportedMediaTypeError, RequestTooLargeError or BadRequestError.
    """
    _check_content_type(request.headers.get("content-type", ""))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise RequestTooLargeError(
                f"the body has more than {max_bytes:,} bytes",
                hint="send less; values belong into variables",
            )
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            hint=_BODY,
        ) from None
    if not isinstance(content, dict):
        raise BadRequestError("the body is not a JSON object", hint=_BODY)
    return _request(content, _BODY)


def read_url(request: Request) -> GraphQLRequest:
    """The parameters of a GET. A parameter without a value is absent. Raises BadRequestError."""
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise BadRequestError("the URL's parameters are not UTF-8", hint=_URL) from None
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise BadRequestError(f"`{name[:60]}` stands twice in the URL", hint=_URL)
        content[name] = value
    for name in ("variables", "extensions"):
        if name in content:
            try:
                content[name] = orjson.loads(content[name])
            except orjson.JSONDecodeError as error:
                raise BadRequestError(
                    f"`{name}` is not JSON: {error.msg} at column {error.colno}", hint=_URL
                ) from None
    return _request(content, _URL)


def _check_content_type(content_type: str) -> None:
    name, *parameters = (part.strip() for part in content_type.split(";"))
    charsets = [
        value
        for key, _, value in (parameter.partition("=") for parameter in parameters)
        if key.strip().lower() == "charset"
    ]
    if name.lower() != "application/json" or not all(map(is_utf_8, charsets)):
        raise UnsupportedMediaTypeError(
            f"the Content-Type is '{content_type[:60]}'", hint="send application/json in UTF-8"
        )


def _request(content: dict[str, Any], form: str) -> GraphQLRequest:
    query = content.get("query")
    if not isinstance(query, str):
        raise BadRequestError("`query` is missing or not a string", hint=form)
    for name, of_type in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if not isinstance(content.get(name), of_type | None):
            raise BadRequestError(f"`{name}` is of the wrong type", hint=form)
    return GraphQLRequest(query, content.get("variables"), content.get("operationName"))


_BODY = 'send {"query": "…", "variables": {…}, "operationName": "…"}'
_URL = 'send ?query=…&variables={"…": …}&operationName=…, each percent-encoded UTF-8'
