"""Variables as a document means them."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import get_variable_values

from analytics_gql.gql.document import Document


def canonical_variables(
    document: Document, variables: dict[str, Any] | None, operation_name: str | None
) -> bytes | None:
    """The same bytes for all spellings of variables that mean the same to a valid document.

    Defaults stand where nothing was sent, members come in one order, and what the document does
    not declare is left out. None if a value cannot be read: no answer is the same.
    """
    definitions = document.operation(operation_name).variable_definitions or ()
    read = get_variable_values(document.schema, definitions, variables or {}, max_errors=1)
    if isinstance(read, list):
        return None
    return orjson.dumps(read.coerced, default=str, option=orjson.OPT_SORT_KEYS)
