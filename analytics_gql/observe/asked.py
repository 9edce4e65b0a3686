"""What was asked and what came of it, for those who look at it later: log, metrics, audit.

Written down while a request is answered and read once it has been. Nothing here decides anything:
whatever an answer depends on goes in as an argument. As with timings, the request that is being
answered is found by its context, which the tasks that answer it have taken over.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

OK = "OK"
"""The code of what went well."""

AD_HOC = "ad-hoc"
"""The document of an operation that is not registered, where documents have to be few."""


@dataclass(frozen=True, slots=True, eq=False)
class Used:
    """The members of the schema that a document uses, by their coordinates; one for a document."""

    coordinates: tuple[str, ...] = ()


NOTHING_USED = Used()


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a request.

    `document` names a registered one; `digest` is the SHA-256 of any document's text, and
    `variables` a digest of what it was asked with.
    """

    document: str = AD_HOC
    digest: str | None = None
    name: str | None = None
    variables: str | None = None
    used: Used = NOTHING_USED
    rows: int = 0
    cost: int = 0
    code: str = OK


@dataclass(slots=True, eq=False)
class Asked:
    """One request. `tenant` and `key` say who, once that is known; `key` by name, never itself."""

    method: str = ""
    path: str = ""
    door: str = "other"
    request_id: str = "-"
    tenant: str | None = None
    key: str | None = None
    status: int = 0
    code: str = OK
    operations: list[Operation] = field(default_factory=list)


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
_operation: ContextVar[Operation | None] = ContextVar("operation", default=None)


def begin_asked(method: str, path: str) -> Asked:
    """The notes on the request that begins."""
    asked = Asked(method, path)
    _asked.set(asked)
    _operation.set(None)
    return asked


def current_asked() -> Asked:
    """The notes on the request that is being answered; outside of one, notes nobody reads."""
    return _asked.get() or Asked()


def current_operation() -> Operation:
    """The notes on the operation that is being answered; outside of one, notes nobody reads."""
    return _operation.get() or Operation()


def begin_operation(operation: Operation) -> None:
    """What follows in this context is of this operation of the current request."""
    current_asked().operations.append(operation)
    _operation.set(operation)


def note_rows(rows: int) -> None:
    """So many rows more were given to the one who asked."""
    operation = _operation.get()
    if operation is not None:
        operation.rows += rows


def note_cost(cost: int) -> None:
    """What the operation costs, in points."""
    current_operation().cost = cost


def note_code(code: str) -> None:
    """An error ended the operation, or the request before there was one."""
    operation = _operation.get()
    if operation is not None:
        operation.code = code
    current_asked().code = code
