"""The parameters of a GraphQL request, from a body or from a URL (GraphQL over HTTP, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
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
    """What is to be executed: a text, or the identifier of one.

    There are both where a hash comes with the text that it is of. `wants_columns`: what is told of
    the answer's columns is to come along. `operation_id` is what a client calls one of several
    operations by whose answers come over one event stream.
    """

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None = None
    wants_columns: bool = False
    operation_id: str | None = None


async def read_body(
    request: Request, max_bytes: int, max_batch: int
) -> GraphQLRequest | tuple[GraphQLRequest, ...]:
    """The parameters of a POST, or of several operations where it has an array of them.

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
    if isinstance(content, list) and max_batch:
        return tuple(_batch(content, max_batch))
    if not isinstance(content, dict):
        raise BadRequestError("the body is not a JSON object", hint=_BODY)
    return _request(content, _BODY)


def _batch(items: list[Any], max_batch: int) -> Iterator[GraphQLRequest]:
    if not 0 < len(items) <= max_batch:
        raise BadRequestError(
            f"the array has {len(items)} operations",
            hint=f"send at least one, and at most {max_batch} at a time",
        )
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise BadRequestError(f"item {place} of the array is not a JSON object", hint=_BODY)
        yield _request(item, _BODY)


def read_payload(payload: dict[str, Any]) -> GraphQLRequest:
    """The parameters that a message of a socket has. Raises BadRequestError."""
    return _request(payload, _BODY)


def read_url(request: Request) -> GraphQLRequest:
    """The parameters of a GET. A parameter without a value is absent. Raises BadRequestError."""
    content: dict[str, Any] = {}
    for name, value in url_parameters(request):
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


def url_parameters(request: Request) -> list[tuple[str, str]]:
    """The names and values of a URL in order, but for those without a value.

    Raises BadRequestError.
    """
    try:
        return parse_qsl(
            request.scope["query_string"].decode("ascii"),
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise BadRequestError("the URL's parameters are not UTF-8", hint=_URL) from None


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
    for name, of_type in (
        ("query", str),
        ("documentId", str),
        ("variables", dict),
        ("operationName", str),
        ("extensions", dict),
    ):
        if not isinstance(content.get(name), of_type | None):
            raise BadRequestError(f"`{name}` is of the wrong type", hint=form)
    query, document_id = content.get("query"), content.get("documentId")
    if query is not None and document_id is not None:
        # "documentId … no query": which of the two would be meant?
        raise BadRequestError("there are both `query` and `documentId`", hint="send one of them")
    digest = _hash(content.get("extensions") or {})
    if digest is not None and document_id is not None and not _is_same(document_id, digest):
        raise BadRequestError(
            "`documentId` and the hash of the extensions differ", hint="send one of them"
        )
    document_id = digest if document_id is None else document_id
    operation_id = (content.get("extensions") or {}).get("operationId")
    if query is None and document_id is None:
        raise BadRequestError("`query` is missing", hint=form)
    return GraphQLRequest(
        query,
        content.get("variables"),
        content.get("operationName"),
        document_id,
        _wants_columns(content.get("extensions") or {}),
        operation_id if isinstance(operation_id, str) else None,
    )


def _is_same(document_id: str, digest: str) -> bool:
    """Apollo's extension has the hash without the prefix that GraphQL over HTTP wants."""
    return document_id.removeprefix("sha256:") == digest.removeprefix("sha256:")


def _hash(extensions: dict[str, Any]) -> str | None:
    """The identifier in the extension of Apollo's clients. Raises BadRequestError."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if isinstance(persisted, dict) and persisted.get("version") == 1:
        digest = persisted.get("sha256Hash")
        if isinstance(digest, str):
            return digest
    raise BadRequestError(
        "`extensions.persistedQuery` cannot be read",
        hint='send {"persistedQuery": {"version": 1, "sha256Hash": "…"}}',
    )


def _wants_columns(extensions: dict[str, Any]) -> bool:
    """Whether the extension of our own is sent that asks for columns. Raises BadRequestError."""
    wanted = extensions.get("columns")
    if wanted is None or isinstance(wanted, bool):
        return bool(wanted)
    raise BadRequestError(
        "`extensions.columns` is neither true nor false",
        hint='send {"columns": true} to have units and descriptions of the columns',
    )


_BODY = 'send {"query": "…", "variables": {…}, "operationName": "…"}'
_URL = 'send ?query=…&variables={"…": …}&operationName=…, each percent-encoded UTF-8'
