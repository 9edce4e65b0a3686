"""Metrics over all of a dataset's data: one row, without groups and without a range."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from analytics_gql.access.caller import Caller
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.service.service import Service

Total = int | Decimal | str | bool | None


async def totals(
    service: Service, dataset: str, metrics: Sequence[str], caller: Caller
) -> dict[str, Total]:
    """Each metric's value over everything that the caller may see, in one statement.

    Decimals are exact. Raises RequestError, AccessError or EngineError.
    """
    shape = tuple(FieldMember(name, name) for name in metrics)
    (answer,) = await service.metrics([(MetricQuery(dataset, tuple(metrics)), shape)], caller)
    if isinstance(answer, Exception):
        raise answer
    values: dict[str, Total] = json.loads(answer.rows[0], parse_float=Decimal)
    return values
