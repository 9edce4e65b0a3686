"""From a request to a question: who asks, whether they may go on, and what they ask."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from starlette.requests import Request

from analytics_gql.access.caller import Admitted
from analytics_gql.access.signed_urls import PARAMETER
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.documents import DocumentDesk, Question
from analytics_gql.doors.graphql_request import (
    GraphQLRequest,
    read_body,
    read_url,
    url_parameters,
)
from analytics_gql.doors.parameters import read_parameters
from analytics_gql.doors.signing import UrlDesk
from analytics_gql.guards.toll import Rates, Toll
from analytics_gql.observe.asked import current_asked
from analytics_gql.observe.timings import Part, timed


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations that came in one request, as an array."""

    request: Request
    asked: tuple[GraphQLRequest, ...]
    admitted: Admitted


class Gate:
    """Lets requests in by HTTP; each pays its toll before its body is read."""

    def __init__(
        self,
        admission: Admission,
        documents: DocumentDesk,
        signing: UrlDesk,
        rates: Rates,
        *,
        max_body_bytes: int,
        max_batch: int,
    ) -> None:
        self._admission = admission
        self._documents = documents
        self._signing = signing
        self._rates = rates
        self._max_body_bytes = max_body_bytes
        self._max_batch = max_batch

    async def admitted(self, request: Request, toll: Toll) -> Admitted:
        """Who asks, once the request is paid for. Raises AnalyticsError."""
        host = request.client.host if request.client else None
        admitted = await self._admission.admit(request.headers, host)
        asked = current_asked()
        asked.tenant, asked.key = admitted.caller.tenant, admitted.name
        await toll.enter(self._rates.client(admitted.client, admitted.caller.tier))
        return admitted

    async def asked(self, request: Request, toll: Toll) -> Question | Batch:
        """What a GraphQL request asks. Raises AnalyticsError."""
        admitted = await self.admitted(request, toll)
        # What a credential takes to check is nobody's business: see hmac.compare_digest.
        with timed(Part.PARSE):
            asked = await self.read(request, self._max_batch)
            if isinstance(asked, tuple):
                return Batch(request, asked, admitted)
            question = await self._documents.resolve(asked, admitted.caller)
        return self.with_credential(question, admitted)

    async def read(
        self, request: Request, max_batch: int = 0
    ) -> GraphQLRequest | tuple[GraphQLRequest, ...]:
        """The parameters of a request, of each in an array of up to so many. Raises AnalyticsError.

        By GET they are those of the URL.
        """
        if request.method in ("GET", "HEAD"):
            return read_url(request)
        return await read_body(request, self._max_body_bytes, max_batch)

    def with_credential(self, question: Question, admitted: Admitted) -> Question:
        """A question of somebody who showed a credential of their own."""
        signing = self._signing.of(admitted.caller)
        return replace(
            question, admitted_until=admitted.until, client=admitted.client, signing=signing
        )

    async def asked_by_name(self, request: Request, toll: Toll) -> Question:
        """The question that a path and its parameters ask. Raises AnalyticsError."""
        parameters = url_parameters(request)
        signatures = [value for name, value in parameters if name == PARAMETER]
        signed = admitted = None
        if not signatures:
            admitted = await self.admitted(request, toll)
        asker = None if admitted is None else admitted.caller
        registered = self._documents.named(request.path_params["name"], asker)
        if signatures:
            signed = self._signing.signer.check(
                signatures[0], registered.identifier, parameters, time.time()
            )
            admitted = Admitted(signed.caller, None, "signed URL", signed.client)
            asked = current_asked()
            asked.tenant, asked.key = signed.caller.tenant, admitted.name
            await toll.enter(self._rates.client(signed.client, signed.caller.tier))
        assert admitted is not None
        with timed(Part.PARSE):
            document = self._documents.allowed(registered, admitted.caller)
            variables = read_parameters(parameters, registered, document)
        return Question(
            document,
            registered,
            variables,
            None,
            admitted.caller,
            signed_until=None if signed is None else signed.expires,
            admitted_until=admitted.until,
            client=admitted.client,
            # A URL that signs others would never expire.
            signing=self._signing.of(admitted.caller) if signed is None else None,
        )
