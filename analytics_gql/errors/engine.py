"""What lies below could not answer, or must not: the warehouse, the store, a proof."""

from __future__ import annotations

from analytics_gql.errors.analytics_error import AnalyticsError


class EngineError(AnalyticsError):
    """The warehouse could not answer. Its own words go to the log, never to a client."""

    @property
    def detail(self) -> str:
        """The engine's own words, for the log; the message where it said nothing."""
        return str(self.__cause__ or "").strip() or self.message


class WarehouseUnavailableError(EngineError):
    """The warehouse cannot be reached."""

    code = "WAREHOUSE_UNAVAILABLE"


class WarehouseReplacedError(EngineError):
    """Another database stands in the place of the one that the model was checked against.

    The service checks the model against it and asks again; clients see it only if it changes
    faster than that.
    """

    code = "WAREHOUSE_REPLACED"


class StatementTimeoutError(EngineError):
    """The statement ran longer than it may, and was cancelled."""

    code = "STATEMENT_TIMEOUT"


class ValueOutOfRangeError(EngineError):
    """A value does not fit its declared type."""

    code = "VALUE_OUT_OF_RANGE"


class WarehouseError(EngineError):
    """The warehouse refused a statement."""

    code = "WAREHOUSE_ERROR"


class StoreUnavailableError(AnalyticsError):
    """What processes share cannot be reached. Requests go on without it."""

    code = "STORE_UNAVAILABLE"


class TenantProofError(AnalyticsError):
    """A finished statement reads a tenanted table without its predicate; it was not run."""
