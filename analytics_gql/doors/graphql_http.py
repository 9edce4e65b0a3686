"""GraphQL over HTTP: POST and GET /graphql, and GET /graphql/p/NAME.

Statuses are those of the draft whose audits are published as `graphql-http`: a document that does
not parse, does not validate, whose variables cannot be read or whose operation cannot be determined
is 400 in `application/graphql-response+json`, and 200 in `application/json`, which clients of old
read so; neither has `data`. `/graphql/p/NAME` is for those that speak no GraphQL: there, it is 400.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analytics_gql.access.caller import Admitted
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.documents import DocumentDesk, Question
from analytics_gql.doors.encodings import IDENTITY, choose_encoding, encode, worth_encoding
from analytics_gql.doors.exports import ExportDoor, named_format, retry_after
from analytics_gql.doors.gate import Batch, Gate
from analytics_gql.doors.graphql_request import GraphQLRequest
from analytics_gql.doors.graphql_sse import EventStream
from analytics_gql.doors.hits import Hits
from analytics_gql.doors.kept_replies import KeptReplies
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.media_types import EVENT_STREAM, FORMATS, JSON, RESPONSE_JSON, negotiate
from analytics_gql.doors.noted import noted
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.doors.rate_headers import bear, with_charge
from analytics_gql.doors.replies import Replies
from analytics_gql.doors.signing import UrlDesk
from analytics_gql.doors.standing import Standing
from analytics_gql.doors.streamed_answers import streamed_answer, while_there
from analytics_gql.errors import (
    AnalyticsError,
    BadRequestError,
    CredentialExpiredError,
    MethodNotAllowedError,
    NotAcceptableError,
    OperationError,
    TokenKeysUnavailableError,
    UnauthenticatedError,
)
from analytics_gql.gql.execution import Executed, GraphQLEngine, has_many_answers
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.guards.toll import Rates, Toll
from analytics_gql.observe.asked import begin_operation, current_asked, note_code
from analytics_gql.observe.audit import Digest, no_digest
from analytics_gql.observe.request_id import begin_request
from analytics_gql.observe.timings import Part, Timings, begin_timings, timed
from analytics_gql.service.exports import ExportFormat
from analytics_gql.service.long_lists import HELD_ROWS
from analytics_gql.service.together import together


class GraphQLDoor:
    """Reads a request, hands it to the engine, writes the response."""

    def __init__(
        self,
        engine: GraphQLEngine,
        admission: Admission,
        documents: DocumentDesk,
        replies: Replies,
        hits: Hits,
        signing: UrlDesk,
        rates: Rates,
        desk: LiveDesk,
        *,
        max_body_bytes: int,
        max_batch: int,
        caches_honour_vary: bool,
        export_stall_timeout_s: float = 60.0,
        says_timings: bool = True,
        digest_variables: Digest = no_digest,
    ) -> None:
        self._engine = engine
        self._exports = ExportDoor(engine, stall_timeout_s=export_stall_timeout_s)
        self._stall_timeout_s = export_stall_timeout_s
        self.gate = Gate(
            admission,
            documents,
            signing,
            rates,
            max_body_bytes=max_body_bytes,
            max_batch=max_batch,
        )
        self._kept = KeptReplies(replies, hits, caches_honour_vary=caches_honour_vary)
        self._admission = admission
        self.documents = documents
        self._desk = desk
        self._hits = hits
        self._rates = rates
        self._says_timings = says_timings
        self._digest_variables = digest_variables

    async def respond(self, request: Request) -> Response:
        """Answer one GraphQL request: POST, or GET for queries."""
        return await self._respond(request, self.gate.asked, is_graphql=True)

    async def respond_to_name(self, request: Request) -> Response:
        """Answer the registered document that the path names, with the URL's parameters."""
        return await self._respond(request, self.gate.asked_by_name, is_graphql=False)

    async def _respond(
        self, request: Request, understand: _Understand, *, is_graphql: bool
    ) -> Response:
        toll = self._rates.toll()
        return bear(await self._replied(request, understand, toll, is_graphql=is_graphql), toll)

    async def _replied(
        self, request: Request, understand: _Understand, toll: Toll, *, is_graphql: bool
    ) -> Response:
        request_id = begin_request(request.headers.get("x-request-id"))
        timings = begin_timings(is_wanted=self._says_timings)
        asked = current_asked()
        asked.door = "graphql" if is_graphql else "named"
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        media_type, encoding = JSON, choose_encoding(request.headers.get("accept-encoding"))
        generation = self._hits.generation()  # before the credential is looked at
        try:
            admission = self._admission.generation
            export = named_format(request)
            media_type = RESPONSE_JSON if export else negotiate(_accept(request))
            is_stream = media_type == EVENT_STREAM
            if media_type in FORMATS or is_stream:  # errors come as JSON all the same
                export, media_type = FORMATS.get(media_type), RESPONSE_JSON
            is_lenient = is_graphql and media_type == JSON
            question = await understand(request, toll)
            is_get = request.method != "POST"
            if isinstance(question, Batch):
                if is_stream:
                    raise BadRequestError(
                        "an array of operations is answered as JSON",
                        hint="accept application/json, or send each operation alone",
                    )
                return await self._respond_to_all(
                    question, export, media_type, headers, timings, toll
                )
            begin_operation(noted(question, self._digest_variables))
            if is_get:
                check_reads(question, is_stream=is_stream)
            if is_stream:
                asked.door = "events"
                return self._event_stream(request, question, toll, headers, admission)
            if export is not None:
                is_head = request.method == "HEAD"
                return await self._exports.respond(
                    question, toll, export, headers, encoding=encoding, is_head=is_head
                )
            if is_get and question.registered is not None:
                found = await while_there(
                    request, self._kept.reply(request, question, media_type, generation, toll)
                )
                if isinstance(found, Response):
                    # Of this very moment: what is remembered is sent without them.
                    found.headers.update({"x-request-id": request_id, **timings.end()})
                    return found
                body = with_charge(found.body, toll)
            else:
                executed = await self._answer(question, request, toll)
                body = with_charge(executed.told, toll)
                if executed.rest is not None:
                    return streamed_answer(
                        body,
                        executed.rest,
                        media_type,
                        headers,
                        encoding=encoding,
                        stall_timeout_s=self._stall_timeout_s,
                    )
            status = 200 if "data" in body or is_lenient else 400
        except OperationError as error:
            body = {"errors": [shown_error(error)]}
            status = 200 if is_lenient else HTTP_STATUS[error.code]
        except AnalyticsError as error:
            body, status = {"errors": [shown_error(error)]}, HTTP_STATUS[error.code]
            headers |= headers_of(error)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            body, status = {"errors": [bug_error(error)]}, 500
        if body.get("errors"):
            note_code(body["errors"][0]["extensions"]["code"])
        return await _encoded_response(request, body, status, headers, media_type, timings)

    async def _respond_to_all(
        self,
        batch: Batch,
        export: ExportFormat | None,
        media_type: str,
        headers: dict[str, str],
        timings: Timings,
        toll: Toll,
    ) -> Response:
        """The responses to an array of operations, as an array in their order.

        They are answered at the same time, and each as if it had come alone: one that fails has
        its errors in its place, and the others have their data.
        """
        if export is not None:
            raise BadRequestError(
                "a file has the rows of one operation", hint="send it alone, not in an array"
            )
        admitted = batch.admitted
        asked = together(*(self._one_of_all(asked, admitted, toll) for asked in batch.asked))
        found = await while_there(batch.request, asked)
        return await _encoded_response(batch.request, found, 200, headers, media_type, timings)

    async def _one_of_all(
        self, asked: GraphQLRequest, admitted: Admitted, toll: Toll
    ) -> dict[str, Any]:
        try:
            question = await self.documents.resolve(asked, admitted.caller)
            question = self.gate.with_credential(question, admitted)
            begin_operation(noted(question, self._digest_variables))
            executed = await self._executed(question, toll, may_stream=False)
            told = executed.told
        except AnalyticsError as error:
            told = {"errors": [shown_error(error)]}
        except Exception as error:
            told = {"errors": [bug_error(error)]}
        if told.get("errors"):
            note_code(told["errors"][0]["extensions"]["code"])
        return told

    def _event_stream(
        self,
        request: Request,
        question: Question,
        toll: Toll,
        headers: dict[str, str],
        generation: object,
    ) -> EventStream:
        """The answers to an operation as events, to a caller who stays connected."""
        standing = Standing(
            self._admission,
            request.headers,
            request.client.host if request.client else None,
            question.caller,
            question.client,
            until=question.until,
            generation=generation,
            is_signed=question.signed_until is not None,
        )
        return EventStream(
            self._desk,
            question,
            toll,
            standing,
            headers,
            stall_timeout_s=self._stall_timeout_s,
            is_head=request.method == "HEAD",
        )

    async def _answer(self, question: Question, request: Request, toll: Toll) -> Executed:
        """The response to a question; a long list may come as a rest.

        Raises ClientDisconnect when nobody waits for it any more.
        """
        may_stream = request.method != "HEAD" and question.caller.max_rows > HELD_ROWS
        return await while_there(request, self._executed(question, toll, may_stream=may_stream))

    async def _executed(self, question: Question, toll: Toll, *, may_stream: bool) -> Executed:
        return await self._engine.executed(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
            is_registered=question.registered is not None,
            may_stream=may_stream,
            signing=question.signing,
            wants_columns=question.wants_columns,
            toll=toll,
        )


_Understand = Callable[[Request, Toll], Awaitable[Question | Batch]]


async def _encoded_response(
    request: Request,
    body: object,
    status: int,
    headers: dict[str, str],
    media_type: str,
    timings: Timings,
) -> Response:
    with timed(Part.ENCODE):
        content = orjson.dumps(body)
        encoding = choose_encoding(request.headers.get("accept-encoding"))
        if encoding != IDENTITY and worth_encoding(content):
            content = await encoded(content, encoding)
            headers |= {"content-encoding": encoding, "vary": "Accept-Encoding"}
    headers |= timings.end()
    return Response(content, status, headers, media_type=f"{media_type}; charset=utf-8")


def check_reads(question: Question, *, is_stream: bool) -> None:
    """A GET must not change anything, and has one answer unless it is a stream.

    Raises MethodNotAllowedError, NotAcceptableError or OperationError.
    """
    if question.document.ast is None:
        return
    operation = question.document.operation(question.operation_name)
    if operation.operation is OperationType.MUTATION:
        raise MethodNotAllowedError("a mutation cannot be sent by GET", hint="send it by POST")
    if operation.operation is OperationType.SUBSCRIPTION and not is_stream:
        raise has_many_answers()


async def encoded(content: bytes, encoding: str) -> bytes:
    """The content in an encoding; what takes long is done in a thread."""
    if len(content) < 100_000:
        return encode(content, encoding)
    return await asyncio.to_thread(encode, content, encoding)


def _accept(request: Request) -> str | None:
    values = request.headers.getlist("accept")
    return ",".join(values) if values else None


def headers_of(error: AnalyticsError) -> dict[str, str]:
    """The headers that go with a refusal."""
    if isinstance(error, UnauthenticatedError | CredentialExpiredError):
        # RFC 6750, section 3.1: "If the request lacks any authentication information […], the
        # resource server SHOULD NOT include an error code".
        is_absent = isinstance(error, UnauthenticatedError) and not error.was_presented
        reason = "" if is_absent else ', error="invalid_token"'
        return {"www-authenticate": f'Bearer realm="analytics-gql"{reason}'}
    if isinstance(error, TokenKeysUnavailableError):
        return {"retry-after": "10"}
    if isinstance(error, MethodNotAllowedError):
        return {"allow": "POST"}
    if isinstance(error, NotAcceptableError):
        return {"accept": f"{RESPONSE_JSON}, {JSON}"}
    return retry_after(error)
