"""Splices JSON that the warehouse wrote into the response, untouched."""

from __future__ import annotations

from typing import Any

import orjson
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental


class WarehouseJson:
    """A field's completed value as JSON: what a resolver returns instead of rows."""

    __slots__ = ("fragment",)

    def __init__(self, json: str | bytes) -> None:
        self.fragment = orjson.Fragment(json)


class SplicingExecutor(ExecutorThrowingOnIncremental):
    """graphql-core's executor, except that WarehouseJson counts as completed.

    Completing 2,000 rows of 6 fields in Python costs ten times what the engine takes to write
    them. The selection set was honoured in SQL: keys, order, aliases, @skip and @include. A reply
    with fragments can only be encoded by orjson.
    """

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: None,
    ) -> Any:
        """Take WarehouseJson as it is; complete everything else as usual."""
        if isinstance(result, WarehouseJson):
            return result.fragment
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )
