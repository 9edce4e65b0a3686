"""The query parameters of `/graphql/p/NAME` as a document's variables, each read by its type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from analytics_gql.access.signed_urls import PARAMETER as SIGNATURE
from analytics_gql.errors import BadRequestError, UnknownNameError, UserInputError, suggest
from analytics_gql.gql.document import Document
from analytics_gql.persisted.registry import Registered

NOT_VARIABLES = frozenset({"format", SIGNATURE})
"""Parameters that say how to answer, where the document has no variable of that name."""


def read_parameters(
    pairs: Iterable[tuple[str, str]], registered: Registered, document: Document
) -> dict[str, Any]:
    """The variables that a URL's parameters stand for, in a document as its caller sees it.

    Text stays text where the type is read from text: String, ID, Date, DateTime, Decimal, BigInt
    and enums; whether it is one is for the type to say. Int, Float and Boolean are read. Lists
    are separated by commas, or their parameter is repeated; input objects, and lists of them, are
    JSON. Raises UnknownNameError, BadRequestError or UserInputError.
    """
    types = document.variable_types
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in types:
            values.setdefault(name, []).append(value)
        elif name not in NOT_VARIABLES:
            raise UnknownNameError(
                f"the document '{registered.name}' has no variable '{name[:60]}'",
                hint=suggest(name[:60], list(types), _known(types)),
            )
    return {name: _value(name, given, types[name]) for name, given in values.items()}


def _known(types: Iterable[str]) -> str:
    return f"it has {', '.join(types)}" if types else "it has none"


def _value(name: str, given: Sequence[str], of_type: Any) -> Any:
    if isinstance(of_type, GraphQLNonNull):
        return _value(name, given, of_type.of_type)
    if isinstance(of_type, GraphQLList):
        return _list(name, given, of_type.of_type)
    if len(given) > 1:
        raise BadRequestError(
            f"`{name}` stands more than once in the URL", hint="it is one value, not a list"
        )
    return _one(name, given[0], of_type)


def _list(name: str, given: Sequence[str], of_type: Any) -> list[Any]:
    item = of_type.of_type if isinstance(of_type, GraphQLNonNull) else of_type
    if isinstance(item, GraphQLInputObjectType | GraphQLList):
        # Commas have their own meaning in JSON.
        read = [_json(name, text) for text in given]
        return read[0] if len(read) == 1 and isinstance(read[0], list) else read
    return [_one(name, text, item) for value in given for text in value.split(",")]


def _one(name: str, text: str, of_type: GraphQLInputType) -> Any:
    if isinstance(of_type, GraphQLInputObjectType):
        return _json(name, text)
    kind = of_type.name if hasattr(of_type, "name") else ""
    if kind == "Boolean":
        if text not in ("true", "false"):
            raise _unreadable(name, text, "true or false")
        return text == "true"
    if kind == "Int":
        if re.fullmatch(r"-?[0-9]{1,20}", text) is None:
            raise _unreadable(name, text, "a whole number")
        return int(text)
    if kind == "Float":
        if re.fullmatch(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", text) is None:
            raise _unreadable(name, text, "a number")
        return float(text)
    return text


def _json(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _unreadable(name, text, "JSON, percent-encoded") from None


def _unreadable(name: str, text: str, form: str) -> UserInputError:
    return UserInputError(f"`{name}` cannot be read: '{text[:100]}'", hint=f"it is {form}")
