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
│   ├── EventStreamNotFoundError    EVENT_STREAM_NOT_FOUND
│   ├── EventStreamConflictError    EVENT_STREAM_CONFLICT
│   ├── EventStreamUnavailableError EVENT_STREAM_UNAVAILABLE
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

from analytics_gql.errors.access import (
    AccessError,
    CredentialExpiredError,
    CredentialsConflictError,
    ForbiddenError,
    SignatureExpiredError,
    SignatureInvalidError,
    TenantInvalidError,
    TenantRequiredError,
    TokenKeysUnavailableError,
    UnauthenticatedError,
)
from analytics_gql.errors.analytics_error import (
    AnalyticsError,
)
from analytics_gql.errors.engine import (
    EngineError,
    StatementTimeoutError,
    StoreUnavailableError,
    TenantProofError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseReplacedError,
    WarehouseUnavailableError,
)
from analytics_gql.errors.limits import (
    DocumentTooLargeError,
    FailedAttemptsError,
    HeadersTooLargeError,
    LimitError,
    QueryTooComplexError,
    QueueTimeoutError,
    QuotaExceededError,
    RateLimitedError,
    ReaderStalledError,
    RequestTooLargeError,
    TooManyConnectionsError,
    TooManyRowsError,
    TooManySubscriptionsError,
    TooManyWaitingError,
    VariablesTooLargeError,
    WarehouseSuspendedError,
)
from analytics_gql.errors.request import (
    BadRequestError,
    CursorInvalidError,
    CursorMismatchError,
    CursorStaleError,
    DateRangeError,
    EventStreamConflictError,
    EventStreamNotFoundError,
    EventStreamUnavailableError,
    FilterError,
    GroupingError,
    KeyValueError,
    LimitArgumentError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotExportableError,
    NotRegisteredError,
    OperationError,
    OrderError,
    PageArgumentError,
    PersistedQueryMismatchError,
    PersistedQueryNotFoundError,
    QueryParseError,
    QueryValidationError,
    RequestError,
    SourceLacksDimensionError,
    TimeError,
    TimeZoneError,
    UnknownNameError,
    UnsupportedMediaTypeError,
    UserInputError,
)
from analytics_gql.errors.start import (
    DashboardsError,
    Fault,
    FaultsError,
    ModelError,
    PersistedDocumentsError,
    SettingsError,
)
from analytics_gql.errors.suggestions import (
    suggest,
)

__all__ = [
    "AccessError",
    "AnalyticsError",
    "BadRequestError",
    "CredentialExpiredError",
    "CredentialsConflictError",
    "CursorInvalidError",
    "CursorMismatchError",
    "CursorStaleError",
    "DashboardsError",
    "DateRangeError",
    "DocumentTooLargeError",
    "EngineError",
    "EventStreamConflictError",
    "EventStreamNotFoundError",
    "EventStreamUnavailableError",
    "FailedAttemptsError",
    "Fault",
    "FaultsError",
    "FilterError",
    "ForbiddenError",
    "GroupingError",
    "HeadersTooLargeError",
    "KeyValueError",
    "LimitArgumentError",
    "LimitError",
    "MethodNotAllowedError",
    "ModelError",
    "NotAcceptableError",
    "NotExportableError",
    "NotRegisteredError",
    "OperationError",
    "OrderError",
    "PageArgumentError",
    "PersistedDocumentsError",
    "PersistedQueryMismatchError",
    "PersistedQueryNotFoundError",
    "QueryParseError",
    "QueryTooComplexError",
    "QueryValidationError",
    "QueueTimeoutError",
    "QuotaExceededError",
    "RateLimitedError",
    "ReaderStalledError",
    "RequestError",
    "RequestTooLargeError",
    "SettingsError",
    "SignatureExpiredError",
    "SignatureInvalidError",
    "SourceLacksDimensionError",
    "StatementTimeoutError",
    "StoreUnavailableError",
    "TenantInvalidError",
    "TenantProofError",
    "TenantRequiredError",
    "TimeError",
    "TimeZoneError",
    "TokenKeysUnavailableError",
    "TooManyConnectionsError",
    "TooManyRowsError",
    "TooManySubscriptionsError",
    "TooManyWaitingError",
    "UnauthenticatedError",
    "UnknownNameError",
    "UnsupportedMediaTypeError",
    "UserInputError",
    "ValueOutOfRangeError",
    "VariablesTooLargeError",
    "WarehouseError",
    "WarehouseReplacedError",
    "WarehouseSuspendedError",
    "WarehouseUnavailableError",
    "suggest",
]
