"""What resolvers see; new for each request."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_gql.access.caller import Caller
from analytics_gql.service import Service


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks, and what answers."""

    caller: Caller
    service: Service
