"""The caller mends the question."""

from __future__ import annotations

from analytics_gql.errors.analytics_error import AnalyticsError


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


class EventStreamNotFoundError(RequestError):
    """No event stream is reserved under that token: it never was, or it is over."""

    code = "EVENT_STREAM_NOT_FOUND"


class EventStreamConflictError(RequestError):
    """The event stream is connected already, or has an operation of that identifier."""

    code = "EVENT_STREAM_CONFLICT"


class EventStreamUnavailableError(RequestError):
    """This server cannot have several operations over one event stream."""

    code = "EVENT_STREAM_UNAVAILABLE"


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
