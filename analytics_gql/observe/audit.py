"""Who asked for what, for those who have to answer for the data.

A line an operation, refused ones too, and one for a request that was refused before it had any.
What was asked stands in it by names and digests. Values that people filter by are often about
people: so of variables there is a keyed digest, by which equal questions are recognised and from
which, without the server's secret, nothing is guessed; of a document that is not registered the
SHA-256 of its text.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from analytics_gql.observe.asked import AD_HOC, Asked, Operation
from analytics_gql.observe.lines import Clock, LineWriter, members_json

Digest = Callable[[Mapping[str, Any] | None], str | None]


def no_digest(_variables: Mapping[str, Any] | None) -> None:
    """Nothing tells variables apart where nobody reads it."""


def variables_digest(secret: bytes) -> Digest:
    """What tells variables apart without telling them: as they were sent, members in one order."""
    # A key of its own: what is signed with the secret elsewhere must not be found here.
    key = hashlib.sha256(b"analytics-gql:audit:" + secret).digest()

    def digest(variables: Mapping[str, Any] | None) -> str | None:
        if not variables:
            return None
        # Not by orjson: a URL may say a number of more than 64 bits, which is refused only later.
        sent = json.dumps(variables, default=str, sort_keys=True)
        return hmac.new(key, sent.encode(), hashlib.sha256).hexdigest()[:32]

    return digest


_LINE = b'{"time":"%b","requestId":"%b","status":%d,"ms":%.3f,%b}\n'


class AuditLog:
    """Writes lines when the last byte of the answer was handed to the socket."""

    def __init__(self, writer: LineWriter) -> None:
        self._clock = Clock()
        self._writer = writer

    def fixed(self, asked: Asked) -> tuple[bytes, ...]:
        """What the lines of equal requests have in common; none of one that asks for no data."""
        if asked.door == "other":
            return ()
        who = {"tenant": asked.tenant, "key": asked.key, "door": asked.door}
        if not asked.operations:
            return (members_json({**who, "code": asked.code}),)
        return tuple(members_json(who | _members(operation)) for operation in asked.operations)

    def write(
        self, fixed: tuple[bytes, ...], request_id: bytes, status: int, seconds: float
    ) -> None:
        """Write the lines of a request."""
        for line in fixed:
            self._writer.write(
                _LINE % (self._clock.now(), request_id, status, seconds * 1_000, line)
            )


def _members(operation: Operation) -> dict[str, Any]:
    return {
        "document": operation.digest,
        "name": None if operation.document == AD_HOC else operation.document,
        "operation": operation.name,
        "variables": operation.variables,
        "rows": operation.rows,
        "cost": operation.cost,
        "code": operation.code,
    }
