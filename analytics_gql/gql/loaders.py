"""DataLoaders, new for each request: sibling root fields are asked together."""

from __future__ import annotations

from aiodataloader import DataLoader

from analytics_gql.access.caller import Caller
from analytics_gql.service import MetricRequest, Service


class MetricLoader(DataLoader[MetricRequest, bytes]):
    """Collects the metric requests of one operation's root fields.

    Equal requests, under whatever aliases, are one; the service fuses those over one ground.
    """

    def __init__(self, service: Service, caller: Caller) -> None:
        super().__init__()
        self._service = service
        self._caller = caller

    async def batch_load_fn(  # type: ignore[override]  # an error in a place is raised there
        self, keys: list[MetricRequest]
    ) -> list[bytes | Exception]:
        """The answer to each request, or its error."""
        return await self._service.answers(keys, self._caller)
