"""What resolvers see; new for each request."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_gql.service.session import Session


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What answers, on behalf of the caller alone."""

    session: Session
