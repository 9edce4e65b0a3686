"""A question's canonical form → a short digest, the same in every process."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Operator

DIGEST_CHARACTERS = 16


def fingerprint(value: Any) -> str:
    """16 hex digits of the SHA-256 of a value of this room.

    Equal for questions that mean the same but for the order in which conditions and listed values
    stand.
    """
    canonical = repr(_canonical(value)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(canonical).hexdigest()[:DIGEST_CHARACTERS]


def _canonical(value: Any) -> Any:
    match value:
        case AllOf(parts) | AnyOf(parts):
            return type(value).__name__, tuple(sorted({repr(_canonical(part)) for part in parts}))
        case Comparison(field, Operator.IN | Operator.NOT_IN as operator, tuple(values)):
            return field, operator.name, tuple(sorted({repr(_canonical(item)) for item in values}))
        case Enum():
            return value.name
        case Decimal():
            return "Decimal", str(value.normalize())
        case tuple():
            return tuple(_canonical(item) for item in value)
    if is_dataclass(value):
        members = (_canonical(getattr(value, item.name)) for item in fields(value))
        return type(value).__name__, *members
    return value
