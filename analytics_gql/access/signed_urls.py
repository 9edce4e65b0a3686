"""Signed URLs: one tenant's answer by its address alone, until a given time.

A signature stands for a caller and binds what is asked. So any cache on the way may share the
answer: who knows the URL may read it, and nothing else. The scope (tenant, roles, tier) is in the
URL to be read, not hidden: it says who signed for whom.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.access.tiers import STANDARD_TIERS, Tiers
from analytics_gql.errors import SignatureExpiredError, SignatureInvalidError

PARAMETER = "__signed"
"""The URL's parameter. GraphQL reserves names that begin so: no variable can have it."""

_FORM = 1
_SIGNATURE_BYTES = 24
_MAX_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature stands for. `expires` is in seconds of Unix time.

    `client` names the URL: all who hold it ask at its rate, and it at none but its own.
    """

    caller: Caller
    expires: int
    client: str


class UrlSigner:
    """Signs and checks URLs for one secret."""

    def __init__(self, secret: bytes, tiers: Tiers = STANDARD_TIERS) -> None:
        self._tiers = tiers
        # A key of its own for this use: cursors are signed with the same secret.
        self._key = hmac.digest(secret, b"analytics-gql signed url", "sha256")

    def sign(
        self, document: str, parameters: Iterable[tuple[str, str]], caller: Caller, expires: int
    ) -> str:
        """The value of the parameter that lets the URL's holder read as the caller.

        `document` is the identifier of the registered document: a name may come to mean another.
        `parameters` are those of the URL, in any order.
        """
        payload = orjson.dumps([_FORM, caller.tenant, caller.roles, caller.tier, expires])
        signature = self._signature(payload, document, parameters)
        return f"{_text(payload)}.{_text(signature)}"

    def check(
        self, text: str, document: str, parameters: Iterable[tuple[str, str]], now: float
    ) -> Signed:
        """Read back what `sign` wrote for the same document and parameters.

        Raises SignatureInvalidError or SignatureExpiredError.
        """
        payload_text, _, signature_text = text.partition(".")
        try:
            if len(text) > _MAX_CHARACTERS:
                raise _invalid()
            payload, signature = _bytes(payload_text), _bytes(signature_text)
        except (binascii.Error, UnicodeEncodeError):
            raise _invalid() from None
        if not hmac.compare_digest(signature, self._signature(payload, document, parameters)):
            raise _invalid()
        form, tenant, roles, tier, expires = orjson.loads(payload)
        if form != _FORM or now >= expires:
            raise SignatureExpiredError(
                "the signed URL has expired", hint="ask those who gave it to you for a new one"
            )
        rows = self._tiers.rows_of(tier)
        if rows is None:  # it was signed under another configuration
            raise _invalid()
        client = f"signed {_text(signature)}"
        return Signed(Caller(tenant, tuple(roles), tier, rows=rows), expires, client)

    def _signature(
        self, payload: bytes, document: str, parameters: Iterable[tuple[str, str]]
    ) -> bytes:
        asked = sorted((name, value) for name, value in parameters if name != PARAMETER)
        bound = payload + b"\0" + orjson.dumps([document, asked])
        return hmac.digest(self._key, bound, hashlib.sha256)[:_SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _invalid() -> SignatureInvalidError:
    return SignatureInvalidError(
        "the signature does not belong to this URL: one of them was altered, or the document has "
        "changed",
        hint="send the URL exactly as it was signed, or have it signed anew",
    )
