"""More was asked for than may be, or than there is room for at the moment."""

from __future__ import annotations

from typing import Any

from analytics_gql.errors.analytics_error import AnalyticsError


class LimitError(AnalyticsError):
    """More was asked for than may be. `retry_after_ms` says when asking again may help."""

    def __init__(
        self, message: str, *, hint: str | None = None, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_ms = retry_after_ms


class FailedAttemptsError(LimitError):
    """Too many credentials that stand for nobody came from one address."""

    code = "TOO_MANY_FAILED_ATTEMPTS"


class RequestTooLargeError(LimitError):
    """The body has more bytes than the server reads."""

    code = "REQUEST_TOO_LARGE"


class HeadersTooLargeError(LimitError):
    """The request's line and headers have more bytes than the server takes."""

    code = "HEADERS_TOO_LARGE"


class DocumentTooLargeError(LimitError):
    """The document has more of something, or nests deeper, than the server takes."""

    code = "DOCUMENT_TOO_LARGE"


class VariablesTooLargeError(LimitError):
    """A list among the variables has more items than the server takes."""

    code = "VARIABLES_TOO_LARGE"


class QueryTooComplexError(LimitError):
    """The operation costs more points than the caller's tier has for one; nothing was begun.

    Asking again does not help. `parts` are those that cost most, the dearest first.
    """

    code = "QUERY_TOO_COMPLEX"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        retry_after_ms: int | None = None,
        cost: int = 0,
        budget: int = 0,
        parts: tuple[tuple[str, float], ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, retry_after_ms=retry_after_ms)
        self.cost = cost
        self.budget = budget
        self.parts = parts

    @property
    def details(self) -> dict[str, Any]:
        """The price, the budget, and what the price is for."""
        parts = [{"part": name, "cost": points} for name, points in self.parts]
        return {"cost": self.cost, "budget": self.budget, "parts": parts}


class RateLimitedError(LimitError):
    """The client's bucket has fewer tokens than the request takes; waiting fills it."""

    code = "RATE_LIMITED"


class QuotaExceededError(LimitError):
    """The client has used up what it may take in 24 hours."""

    code = "QUOTA_EXCEEDED"


class TooManyRowsError(LimitError):
    """The result has more rows than the caller's tier may read at once."""

    code = "TOO_MANY_ROWS"


class TooManyConnectionsError(LimitError):
    """A client has as many sockets and event streams open as it may."""

    code = "TOO_MANY_CONNECTIONS"


class TooManySubscriptionsError(LimitError):
    """A client has as many operations under way over sockets and event streams as it may."""

    code = "TOO_MANY_SUBSCRIPTIONS"


class ReaderStalledError(LimitError):
    """The reader of an export took nothing for too long."""

    code = "READER_STALLED"


class TooManyWaitingError(LimitError):
    """As many statements of the tenant as may be are waiting for a place already."""

    code = "TOO_MANY_WAITING"


class QueueTimeoutError(LimitError):
    """A statement got no place in the warehouse in time, and was not begun."""

    code = "QUEUE_TIMEOUT"


class WarehouseSuspendedError(LimitError):
    """The warehouse has failed too often just now; nothing is asked of it for a moment."""

    code = "WAREHOUSE_SUSPENDED"
