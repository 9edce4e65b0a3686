"""Signed URLs of registered documents, as a command and as a field make them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from graphql import get_variable_values

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import PARAMETER, UrlSigner
from analytics_gql.doors.documents import DocumentDesk
from analytics_gql.doors.parameters import read_parameters
from analytics_gql.errors import UserInputError
from analytics_gql.gql.context import SignedUrl
from analytics_gql.gql.document import Document
from analytics_gql.persisted.registry import Registered


def signed_path(
    signer: UrlSigner,
    registered: Registered,
    document: Document,
    parameters: Sequence[tuple[str, str]],
    caller: Caller,
    expires: int,
) -> str:
    """Path and query that show a registered document's answer as the caller would see it.

    `document` is the registered one as the caller may ask it. Whatever the server would refuse
    is refused here. Raises UnknownNameError, BadRequestError or UserInputError.
    """
    variables = read_parameters(parameters, registered, document)
    definitions = registered.operation.variable_definitions or ()
    read = get_variable_values(document.schema, definitions, variables, max_errors=1)
    if isinstance(read, list):
        raise UserInputError(
            f"'{registered.name}' cannot be asked so: {read[0].message}",
            hint="give each parameter that it needs, written as in its URL",
        )
    signature = signer.sign(registered.identifier, parameters, caller, expires)
    query = urlencode([*parameters, (PARAMETER, signature)], quote_via=quote)
    return f"/graphql/p/{quote(registered.name, safe='')}?{query}"


@dataclass(frozen=True, slots=True)
class UrlDesk:
    """Signs URLs for callers, who may pass on what they may read themselves, and nothing else."""

    documents: DocumentDesk
    signer: UrlSigner
    longest_s: int
    clock: Callable[[], float] = time.time

    def of(self, caller: Caller) -> CallersSigning:
        """What signs on behalf of one caller."""
        return CallersSigning(self, caller)


@dataclass(frozen=True, slots=True)
class CallersSigning:
    """See gql.context.Signing."""

    desk: UrlDesk
    caller: Caller

    def sign(
        self, document: str, parameters: Sequence[tuple[str, str]], expires_in_s: int
    ) -> SignedUrl:
        """The URL of a registered document, by its name or identifier.

        Raises PersistedQueryNotFoundError, ForbiddenError, UnknownNameError, BadRequestError or
        UserInputError.
        """
        desk = self.desk
        if not 0 < expires_in_s <= desk.longest_s:
            raise UserInputError(
                f"a URL cannot expire in {expires_in_s:,} seconds",
                hint=f"give 1 to {desk.longest_s:,}",
            )
        registered = desk.documents.named(document, self.caller)
        allowed = desk.documents.allowed(registered, self.caller)
        expires = int(desk.clock()) + expires_in_s
        url = signed_path(desk.signer, registered, allowed, parameters, self.caller, expires)
        return SignedUrl(url, expires)
