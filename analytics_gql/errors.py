"""Every error a caller or an operator can meet: one hierarchy, each leaf with a stable code.

AnalyticsError
├── RequestError                    the caller mends the question
│   ├── BadRequestError             BAD_REQUEST
│   ├── NotAcceptableError          NOT_ACCEPTABLE
│   ├── UnsupportedMediaTypeError   UNSUPPORTED_MEDIA_TYPE
│   ├── MethodNotAllowedError       METHOD_NOT_ALLOWED
│   ├── NotExportableError          NOT_EXPORTABLE
│   ├── QueryParseError             GRAPHQL_PARSE_FAILED
│   ├── QueryValidationError        GRAPHQL_VALIDATION_FAILED
│   ├── OperationError              OPERATION_NOT_DETERMINED
│   ├── PersistedQueryNotFoundError PERSISTED_QUERY_NOT_FOUND
│   ├── PersistedQueryMismatchError PERSISTED_QUERY_MISMATCH
│   ├── NotRegisteredError          DOCUMENT_NOT_REGISTERED
│   ├── UserInputError              BAD_USER_INPUT
│   ├── UnknownNameError            UNKNOWN_NAME
│   ├── DateRangeError              INVALID_DATE_RANGE
│   ├── TimeZoneError               UNKNOWN_TIME_ZONE
│   ├── TimeError                   TIME_NOT_AVAILABLE
│   ├── GroupingError               DIMENSION_NOT_GROUPED
│   ├── SourceLacksDimensionError   DIMENSION_NOT_IN_SOURCE
│   ├── FilterError                 INVALID_FILTER
│   ├── OrderError                  INVALID_ORDER
│   ├── LimitArgumentError          INVALID_LIMIT
│   ├── PageArgumentError           INVALID_PAGE
│   ├── KeyValueError               INVALID_KEY
│   ├── CursorInvalidError          CURSOR_INVALID
│   ├── CursorMismatchError         CURSOR_MISMATCH
│   └── CursorStaleError            CURSOR_STALE
├── AccessError                     the caller is not who they must be
│   ├── UnauthenticatedError        UNAUTHENTICATED
│   ├── CredentialExpiredError      CREDENTIAL_EXPIRED
│   ├── CredentialsConflictError    CREDENTIALS_CONFLICT
│   ├── TokenKeysUnavailableError   TOKEN_KEYS_UNAVAILABLE
│   ├── TenantRequiredError         TENANT_REQUIRED
│   ├── TenantInvalidError          TENANT_INVALID
│   ├── ForbiddenError              FORBIDDEN
│   ├── SignatureInvalidError       SIGNATURE_INVALID
│   └── SignatureExpiredError       SIGNATURE_EXPIRED
├── LimitError                      asked for too much
│   ├── FailedAttemptsError         TOO_MANY_FAILED_ATTEMPTS
│   ├── RequestTooLargeError        REQUEST_TOO_LARGE
│   ├── HeadersTooLargeError        HEADERS_TOO_LARGE
│   ├── DocumentTooLargeError       DOCUMENT_TOO_LARGE
│   ├── VariablesTooLargeError      VARIABLES_TOO_LARGE
│   ├── QueryTooComplexError        QUERY_TOO_COMPLEX
│   ├── RateLimitedError            RATE_LIMITED
│   ├── QuotaExceededError          QUOTA_EXCEEDED
│   ├── TooManyRowsError            TOO_MANY_ROWS
│   ├── TooManyConnectionsError     TOO_MANY_CONNECTIONS
│   ├── TooManySubscriptionsError   TOO_MANY_SUBSCRIPTIONS
│   ├── ReaderStalledError          READER_STALLED
│   ├── TooManyWaitingError         TOO_MANY_WAITING
│   ├── QueueTimeoutError           QUEUE_TIMEOUT
│   └── WarehouseSuspendedError     WAREHOUSE_SUSPENDED
├── EngineError                     the warehouse could not answer
│   ├── WarehouseUnavailableError   WAREHOUSE_UNAVAILABLE
│   ├── WarehouseReplacedError      WAREHOUSE_REPLACED
│   ├── StatementTimeoutError       STATEMENT_TIMEOUT
│   ├── ValueOutOfRangeError        VALUE_OUT_OF_RANGE
│   └── WarehouseError              WAREHOUSE_ERROR
├── StoreUnavailableError           STORE_UNAVAILABLE; Redis is gone, which no request waits for
├── TenantProofError                INTERNAL; a statement that would cross tenants, refused
├── SettingsError                   stops the start: a setting that cannot stand
└── FaultsError                     stops the start: everything that is wrong, at once
    ├── ModelError                  of a model
    ├── PersistedDocumentsError     of registered documents
    └── DashboardsError             of dashboards

Anything else that is raised is a bug: logged whole, shown as INTERNAL with the request id only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from graphql.pyutils import did_you_mean, suggestion_list


class AnalyticsError(Exception):
    """`message` says what happened in the user's words; `hint` says what to do next."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def details(self) -> dict[str, Any]:
        """What else machines are told, by name, beside code and hint."""
        return {}


class RequestError(AnalyticsError):
    """The question itself is wrong; asking it again will not help."""


class BadRequestError(RequestError):
    """The request is not a GraphQL request: its body, its types or its method."""

    code = "BAD_REQUEST"


class NotAcceptableError(RequestError):
    """The client takes none of the types that answers come in."""

    code = "NOT_ACCEPTABLE"


class UnsupportedMediaTypeError(RequestError):
    """The body is of a type that is not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class MethodNotAllowedError(RequestError):
    """The operation cannot be sent by this method."""

    code = "METHOD_NOT_ALLOWED"


class NotExportableError(RequestError):
    """What is asked for cannot be a file: it is not one list of rows."""

    code = "NOT_EXPORTABLE"


class QueryParseError(RequestError):
    """The document is not GraphQL."""

    code = "GRAPHQL_PARSE_FAILED"


class QueryValidationError(RequestError):
    """The document does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"


class OperationError(RequestError):
    """The document has no operation of that name, or several and no name was given."""

    code = "OPERATION_NOT_DETERMINED"


class PersistedQueryNotFoundError(RequestError):
    """No document is registered under that identifier or name."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class PersistedQueryMismatchError(RequestError):
    """A hash came with a document that it is not the hash of."""

    code = "PERSISTED_QUERY_MISMATCH"


class NotRegisteredError(RequestError):
    """The caller may ask registered documents alone, and this is none."""

    code = "DOCUMENT_NOT_REGISTERED"


class UserInputError(RequestError):
    """A variable or an argument cannot be read as its type."""

    code = "BAD_USER_INPUT"


class UnknownNameError(RequestError):
    """A metric, dimension or dataset of that name does not exist."""

    code = "UNKNOWN_NAME"


class DateRangeError(RequestError):
    """The range ends before it starts, or leaves the calendar."""

    code = "INVALID_DATE_RANGE"


class TimeZoneError(RequestError):
    """The IANA time zone database has no such zone."""

    code = "UNKNOWN_TIME_ZONE"


class TimeError(RequestError):
    """A source cannot answer in that granularity or time zone."""

    code = "TIME_NOT_AVAILABLE"


class GroupingError(RequestError):
    """A dimension is used that the question does not group by."""

    code = "DIMENSION_NOT_GROUPED"


class SourceLacksDimensionError(RequestError):
    """A metric's source has no such dimension."""

    code = "DIMENSION_NOT_IN_SOURCE"


class FilterError(RequestError):
    """A condition that has no meaning."""

    code = "INVALID_FILTER"


class OrderError(RequestError):
    """An order that the result cannot have."""

    code = "INVALID_ORDER"


class LimitArgumentError(RequestError):
    """`limit` is not a positive number."""

    code = "INVALID_LIMIT"


class PageArgumentError(RequestError):
    """`first` and `last` do not say how many rows a page has."""

    code = "INVALID_PAGE"


class KeyValueError(RequestError):
    """An identifier that the key's column cannot hold."""

    code = "INVALID_KEY"


class CursorInvalidError(RequestError):
    """A cursor that this server did not write for this tenant, or that was altered."""

    code = "CURSOR_INVALID"


class CursorMismatchError(RequestError):
    """A cursor of another question or of another order."""

    code = "CURSOR_MISMATCH"


class CursorStaleError(RequestError):
    """The data has changed since the first page, whose result is no longer kept."""

    code = "CURSOR_STALE"


class AccessError(AnalyticsError):
    """The credential does not allow it."""


class UnauthenticatedError(AccessError):
    """No credential, or one that stands for nobody; `was_presented` says which."""

    code = "UNAUTHENTICATED"

    def __init__(
        self, message: str, *, hint: str | None = None, was_presented: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.was_presented = was_presented


class CredentialExpiredError(AccessError):
    """A key or token that stood for somebody, and does no more."""

    code = "CREDENTIAL_EXPIRED"


class CredentialsConflictError(AccessError):
    """Two credentials that differ came with one request."""

    code = "CREDENTIALS_CONFLICT"


class TokenKeysUnavailableError(AccessError):
    """The keys that tokens are checked with could not be had yet."""

    code = "TOKEN_KEYS_UNAVAILABLE"


class TenantRequiredError(AccessError):
    """Tenanted data is asked for by a caller that belongs to no tenant."""

    code = "TENANT_REQUIRED"


class TenantInvalidError(AccessError):
    """The caller's tenant cannot be a value of the table's tenant column."""

    code = "TENANT_INVALID"


class ForbiddenError(AccessError):
    """A registered document uses what the caller's roles may not see."""

    code = "FORBIDDEN"


class SignatureInvalidError(AccessError):
    """A URL's signature that this server did not write for it."""

    code = "SIGNATURE_INVALID"


class SignatureExpiredError(AccessError):
    """A signed URL whose time is over."""

    code = "SIGNATURE_EXPIRED"


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


class SettingsError(AnalyticsError):
    """A setting that cannot stand; the server does not start."""

    code = "SETTINGS"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a model: where, what, and how to mend it. Lines count from 1."""

    file: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} – {self.hint}"


class FaultsError(AnalyticsError):
    """Everything that is wrong with files that people wrote, in their order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ModelError(FaultsError):
    """What is wrong with a model."""

    code = "MODEL"


class PersistedDocumentsError(FaultsError):
    """What is wrong with registered documents."""

    code = "PERSISTED_DOCUMENTS"


class DashboardsError(FaultsError):
    """What is wrong with dashboards."""

    code = "DASHBOARDS"


def suggest(name: str, known: list[str] | tuple[str, ...], otherwise: str = "") -> str:
    """`did you mean 'revenue'?` for a near miss, else `otherwise`."""
    near = suggestion_list(name, known)
    return did_you_mean(near).strip().replace("Did", "did", 1) if near else otherwise
