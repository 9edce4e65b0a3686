"""The keyset cursor: opaque to clients, signed, bound to tenant, question and order.

How it works. A cursor is base64url(signature ‖ payload). The payload is a JSON array: the form's
version, the digest of the question, the digest of its order, the data version (of aggregates; null
for records), and the texts of the row's values under the order's items. The signature is the first
16 bytes of HMAC-SHA-256 over the tenant and the payload: 128 bits, and a cursor that another tenant
was given reads like one that was altered. Nothing in it is secret: a client sees values of a row
that it has read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    CursorInvalidError,
    CursorMismatchError,
    CursorStaleError,
    OrderError,
)

_FORM = 1
_SIGNATURE_BYTES = 16
_MAX_CHARACTERS = 16_384
"""Cursors travel in URLs and in bodies of bounded size."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a row stands. `position` has one text, or None for NULL, an item of the order."""

    question: str
    order: str
    version: str | None
    position: tuple[str | None, ...]


class CursorSigner:
    """Writes and reads cursors for one secret."""

    def __init__(self, secret: bytes) -> None:
        # A key of its own for this use: other things are signed with the same secret.
        self._key = hmac.digest(secret, b"analytics-gql cursor", "sha256")

    def head(self, question: str, order: str, version: str | None) -> bytes:
        """The part of the payload that the cursors of one connection share."""
        return orjson.dumps([_FORM, question, order, version])[:-1] + b","

    def encode(self, head: bytes, position: str, caller: Caller) -> str:
        """The cursor of a row; `position` is the JSON array of its texts.

        Raises OrderError for one that would be too long to be read back.
        """
        payload = head + position.encode("utf-8") + b"]"
        text = _text(self._signed(payload, caller) + payload)
        if len(text) > _MAX_CHARACTERS:
            raise OrderError(
                "a row's values of this order are too long for a cursor, "
                f"which has {_MAX_CHARACTERS:,} characters at most",
                hint="order by a shorter field, or leave such rows out with `where`",
            )
        return text

    def decode(self, text: str, caller: Caller) -> Cursor:
        """Read back what `encode` wrote for the same tenant. Raises CursorInvalidError.

        See GraphQL Cursor Connections, section 4 (Arguments).
        """
        try:
            if len(text) > _MAX_CHARACTERS:
                raise _invalid()
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise _invalid() from None
        if _text(raw) != text:  # bits that decoding overlooks
            raise _invalid()
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signed(payload, caller)):
            raise _invalid()
        form, question, order, version, position = orjson.loads(payload)
        if form != _FORM:
            raise CursorStaleError(
                "the cursor was written by another version of the server", hint=_START_AGAIN
            )
        return Cursor(question, order, version, tuple(position))

    def seal(self, version: str | None) -> str | None:
        """A data version as a cursor may show it: equal for equal ones, and it cannot be guessed.

        A plain digest could: of a count, by trying numbers.
        """
        if version is None:
            return None
        return hmac.digest(self._key, b"version:" + version.encode(), hashlib.sha256).hex()[:16]

    def _signed(self, payload: bytes, caller: Caller) -> bytes:
        # The tenant's length is written before it: no tenant and payload read like another pair.
        # A caller without a tenant signs apart from every tenant, also the empty one.
        tenant = b"-" if caller.tenant is None else caller.tenant.encode("utf-8", "surrogatepass")
        scope = b"%d:%d:%b" % (caller.tenant is not None, len(tenant), tenant)
        return hmac.digest(self._key, scope + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    """Without padding, which a URL would have to escape."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def check_cursor(cursor: Cursor, question: str, order: str) -> None:
    """Raise CursorMismatchError unless the cursor belongs to this question in this order."""
    if cursor.question != question:
        raise CursorMismatchError(
            "the cursor belongs to another question: other filters, range, grouping or field",
            hint="send a cursor with the arguments that it came with, or start without one",
        )
    if cursor.order != order:
        raise CursorMismatchError(
            "the cursor belongs to another order of the same question",
            hint="send it with the orderBy that it came with, or start without one",
        )


_START_AGAIN = "start again from the first page"


def _invalid() -> CursorInvalidError:
    return CursorInvalidError(
        "the cursor cannot be read: it was altered or cut, or is not one that you were given",
        hint="send startCursor, endCursor or a cursor of an edge exactly as it came",
    )
