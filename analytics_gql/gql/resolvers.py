"""One resolver a root field: selection → service → JSON."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from analytics_gql.gql.context import RequestContext
from analytics_gql.gql.executor import WarehouseJson
from analytics_gql.gql.selection import DatasetReader
from analytics_gql.model.dataset import Dataset
from analytics_gql.service import MetricRequest


def metrics_resolver(dataset: Dataset) -> Any:
    """The resolver of a root field that returns a list of a dataset's type."""
    reader = DatasetReader(dataset)

    async def resolve(
        _root: None, info: GraphQLResolveInfo[RequestContext], **arguments: Any
    ) -> WarehouseJson:
        context = info.context
        query, shape = reader.read(info, arguments)
        return WarehouseJson(await context.metrics.load(MetricRequest(query, shape)))

    return resolve
