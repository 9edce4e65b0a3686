"""One resolver a root field: selection → session → JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLResolveInfo

from analytics_gql.errors import ForbiddenError
from analytics_gql.gql.context import RequestContext
from analytics_gql.gql.executor import WarehouseJson
from analytics_gql.gql.selection import DatasetReader, EntityReader, RecordsReader
from analytics_gql.model.catalog import Catalog, RootField, Verb
from analytics_gql.observe.timings import Part, timed
from analytics_gql.service.requests import Request

Read = Callable[[GraphQLResolveInfo[Any], Mapping[str, Any]], Request]


def resolver(field: RootField, catalog: Catalog) -> Any:
    """The resolver of a root field."""
    if field.verb is Verb.SIGN_URL:
        return _signed_url
    read = _reader(field, catalog)

    # No coroutine: fields are read, and known to the session, before any of them is awaited.
    def resolve(
        _root: None, info: GraphQLResolveInfo[RequestContext], **arguments: Any
    ) -> Awaitable[WarehouseJson]:
        with timed(Part.PLAN):
            request = read(info, arguments)
        info.context.asked.append((str(info.path.key), request))
        return _json(info.context.session.answer(request))

    return resolve


async def _json(answer: Awaitable[str]) -> WarehouseJson:
    return WarehouseJson(await answer)


def _signed_url(
    _root: None, info: GraphQLResolveInfo[RequestContext], **arguments: Any
) -> dict[str, str]:
    """A type of our own, and one object of it: graphql-core completes it as usual."""
    signing = info.context.signing
    if signing is None:
        raise ForbiddenError(
            "URLs are signed for callers who show a credential of their own",
            hint="ask over HTTP with a key or a token, not through a signed URL",
        )
    parameters = [(pair["name"], pair["value"]) for pair in arguments.get("parameters") or ()]
    signed = signing.sign(arguments["document"], parameters, arguments["expiresInS"])
    expires = datetime.fromtimestamp(signed.expires, UTC)
    return {"url": signed.url, "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _reader(field: RootField, catalog: Catalog) -> Read:
    match field.verb:
        case Verb.AGGREGATE:
            return DatasetReader(catalog.dataset(field.of), catalog).rows
        case Verb.PAGE_OF_METRICS:
            return DatasetReader(catalog.dataset(field.of), catalog).page
        case Verb.PAGE_OF_RECORDS:
            return RecordsReader(catalog.records_of(field.of), catalog).page
        case Verb.LOOK_UP:
            return EntityReader(catalog.entity(field.of), catalog).one
        case Verb.LOOK_UP_MANY:
            return EntityReader(catalog.entity(field.of), catalog).many
        case Verb.SIGN_URL:
            raise AssertionError("reads nothing")
        case Verb.CATALOG:
            raise AssertionError("the catalog asks for more than one thing; see catalog_reader")
