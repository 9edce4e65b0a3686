"""Variables as a document means them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from graphql import get_variable_values

from analytics_gql.gql.document import Document

_LONGEST = 4_096
"""Bytes of variables that are worth being remembered: entries are bounded, and so are bytes."""


def canonical_variables(
    document: Document, variables: dict[str, Any] | None, operation_name: str | None
) -> bytes | None:
    """The same bytes for all spellings of variables that mean the same to a valid document.

    Defaults stand where nothing was sent, members come in one order, and what the document does
    not declare is left out. None if a value cannot be read: no answer is the same.
    """
    sent = as_sent(variables)
    if sent is None:
        return _canonical(document, variables or {}, operation_name)
    return _known(document, sent, operation_name)


def as_sent(variables: dict[str, Any] | None) -> bytes | None:
    """Variables as JSON, which stands for these alone; None if it does not, or is long."""
    if not variables:
        return b"{}"
    try:
        sent = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number of more than 64 bits, a lone surrogate
        return None
    if len(sent) > _LONGEST or (b"null" in sent and orjson.loads(sent) != variables):
        return None  # an infinity is written as null
    return sent


@lru_cache(maxsize=1_000)
def _known(document: Document, sent: bytes, operation_name: str | None) -> bytes | None:
    return _canonical(document, orjson.loads(sent), operation_name)


def _canonical(
    document: Document, variables: dict[str, Any], operation_name: str | None
) -> bytes | None:
    definitions = document.operation(operation_name).variable_definitions or ()
    read = get_variable_values(document.schema, definitions, variables, max_errors=1)
    if isinstance(read, list):
        return None
    return orjson.dumps(read.coerced, default=str, option=orjson.OPT_SORT_KEYS)
