"""Errors → the GraphQL error shape: message, locations, path, extensions.code and .hint."""

from __future__ import annotations

import logging
import re
from typing import Any

from graphql import GraphQLError

from analytics_gql.errors import (
    AnalyticsError,
    QueryParseError,
    QueryValidationError,
    TenantProofError,
    UserInputError,
)
from analytics_gql.gql.hints import hint_for
from analytics_gql.model.catalog import Catalog
from analytics_gql.observe.request_id import current_request_id

logger = logging.getLogger(__name__)


def shown_error(error: AnalyticsError) -> dict[str, Any]:
    """The shape of an error that no field of a document is to blame for."""
    return {
        "message": _message(error),
        "extensions": _extensions(error.code, error.hint) | error.details,
    }


def bug_error(error: BaseException) -> dict[str, Any]:
    """What a client is told of a bug: nothing but where to find it in the log."""
    return {"message": unexpected(error), "extensions": _extensions(AnalyticsError.code, None)}


def parse_error(error: GraphQLError) -> dict[str, Any]:
    """A document that is not GraphQL."""
    return _shaped(error, error.message, QueryParseError.code, "mend the document there")


def validation_error(error: GraphQLError, catalog: Catalog | None) -> dict[str, Any]:
    """A document that does not fit the schema; without a catalog, no names are suggested."""
    return _shaped(
        error, _told(error, catalog), QueryValidationError.code, hint_for(error, catalog)
    )


def execution_error(error: GraphQLError, catalog: Catalog | None) -> dict[str, Any]:
    """An error met while an operation was executed, or while its variables were read.

    Without a catalog, no names are suggested.
    """
    original = error.original_error
    if isinstance(original, AnalyticsError):
        return _shaped(error, _message(original), original.code, original.hint)
    if original is not None and not isinstance(original, GraphQLError):
        return _shaped(error, unexpected(original), AnalyticsError.code, None)
    return _shaped(error, _told(error, catalog), UserInputError.code, hint_for(error, catalog))


def _told(error: GraphQLError, catalog: Catalog | None) -> str:
    """GraphQL's own message; its suggestions only to those who may look into the schema."""
    if catalog is not None:
        return error.message
    return re.sub(r" Did you mean [^?]*\?", "", error.message)


def unexpected(error: BaseException) -> str:
    """Log a bug whole; what the client is told of it."""
    logger.error("a bug", exc_info=error)
    return f"something went wrong on our side; the operator finds it as {current_request_id()}"


def _message(error: AnalyticsError) -> str:
    if isinstance(error, TenantProofError) or type(error) is AnalyticsError:
        return unexpected(error)
    return error.message


def _shaped(error: GraphQLError, message: str, code: str, hint: str | None) -> dict[str, Any]:
    # graphql-core writes Python's word for null.
    message = message.replace("not to be None.", "not to be null.")
    # GraphQL's own messages quote the value that does not fit, however long it is.
    if len(message) > _MAX_MESSAGE:
        message = message[:_MAX_MESSAGE] + " …"
    shaped: dict[str, Any] = {"message": message}
    if error.locations:
        shaped["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    if error.path is not None:
        shaped["path"] = error.path
    shaped["extensions"] = _extensions(code, hint)
    return shaped


def _extensions(code: str, hint: str | None) -> dict[str, Any]:
    extensions = {"code": code, "requestId": current_request_id()}
    if hint:
        extensions["hint"] = hint
    return extensions


_MAX_MESSAGE = 1_000
