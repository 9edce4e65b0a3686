"""The messages of graphql-transport-ws, as they come from clients.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

SUBPROTOCOL = "graphql-transport-ws"


class MalformedMessageError(Exception):
    """ "Receiving a message of a type or format which is not specified in this document will
    result in an immediate socket closure with the event 4400: <error-message>." Says what is.
    """


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """The first message: who asks, if the headers do not say it."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """To be answered at once; the payload comes back."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """An answer to a ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation: a query or a subscription. The payload has the members of a POST's body."""

    id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """Nobody listens to the operation any more."""

    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> ClientMessage:
    """A message. Raises MalformedMessageError."""
    try:
        content = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise MalformedMessageError("the message is not JSON") from None
    if not isinstance(content, dict):
        raise MalformedMessageError("the message is not a JSON object")
    match content.get("type"):
        case "connection_init":
            return ConnectionInit(_payload(content) or {})
        case "ping":
            return Ping(_payload(content))
        case "pong":
            _payload(content)
            return Pong()
        case "subscribe":
            return Subscribe(_id(content), _operation(content))
        case "complete":
            return Complete(_id(content))
        case str() as other:
            raise MalformedMessageError(f"'{other[:40]}' is no message of a client")
        case _:
            raise MalformedMessageError("`type` is missing, or is no text")


def _id(content: dict[str, Any]) -> str:
    found = content.get("id")
    if not isinstance(found, str) or not found:
        raise MalformedMessageError("`id` is missing, empty, or no text")
    return found


def _payload(content: dict[str, Any]) -> dict[str, Any] | None:
    payload = content.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise MalformedMessageError("`payload` is not an object")
    return payload


def _operation(content: dict[str, Any]) -> dict[str, Any]:
    payload = _payload(content)
    if payload is None:
        raise MalformedMessageError("`payload` is missing")
    if not isinstance(payload.get("query"), str):
        raise MalformedMessageError("`payload.query` is missing, or is no text")
    for name, of_type, what in (
        ("operationName", str, "no text"),
        ("variables", dict, "not an object"),
        ("extensions", dict, "not an object"),
    ):
        if not isinstance(payload.get(name), of_type | None):
            raise MalformedMessageError(f"`payload.{name}` is {what}")
    return payload


def next_message(id: str, response: str) -> str:
    """One answer. The response is JSON already, the same for all who listen."""
    return f'{{"id":{_json(id)},"type":"next","payload":{response}}}'


def error_message(id: str, errors: list[dict[str, Any]]) -> str:
    """What is wrong with an operation, of which nothing ran; it is over."""
    return _json({"id": id, "type": "error", "payload": errors})


def complete_message(id: str) -> str:
    """An operation is over."""
    return _json({"id": id, "type": "complete"})


def acknowledgement() -> str:
    """The client is let in."""
    return _json({"type": "connection_ack"})


def pong_message(ping: Ping) -> str:
    """The answer to a ping."""
    payload = {} if ping.payload is None else {"payload": ping.payload}
    return _json({"type": "pong", **payload})


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
