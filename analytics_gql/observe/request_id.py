"""The identifier under which a request stands in the log, and which its errors carry."""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar
from itertools import count

_current: ContextVar[str] = ContextVar("request_id", default="-")
_process = secrets.token_hex(8)
_numbers = count()


def new_request_id() -> str:
    """Random for each process, then counted: nothing costs less."""
    return f"{_process}{next(_numbers):016x}"


def begin_request(presented: str | None) -> str:
    """Take the identifier that a proxy presented, if it is a plain one, or make one."""
    request_id = as_presented(presented) or new_request_id()
    _current.set(request_id)
    return request_id


def as_presented(presented: str | None) -> str | None:
    """An identifier that came with a request, if it is one to be taken over."""
    # What a client sends is written into logs: nothing but letters, digits, - _ . is taken.
    if presented is not None and re.fullmatch(r"[A-Za-z0-9._-]{8,100}", presented):
        return presented
    return None


def current_request_id() -> str:
    """The identifier of the request being answered; `-` outside of one."""
    return _current.get()


class RequestIdFilter(logging.Filter):
    """Gives every log record `request_id`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the identifier; never drop a record."""
        record.request_id = current_request_id()
        return True
