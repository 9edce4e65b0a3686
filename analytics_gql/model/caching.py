"""How long answers may be reused, as the model says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class CacheScope(Enum):
    """Who may share what is stored: everybody who may ask for it, or the one who asked."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


@dataclass(frozen=True, slots=True)
class CacheHint:
    """What `@cacheControl` says of a type, a field or an operation; None where it says nothing."""

    max_age_s: int | None = None
    stale_while_revalidate_s: int | None = None
    scope: CacheScope | None = None

    def over(self, below: CacheHint) -> CacheHint:
        """This hint, and where it says nothing the one below it."""
        return CacheHint(
            below.max_age_s if self.max_age_s is None else self.max_age_s,
            below.stale_while_revalidate_s
            if self.stale_while_revalidate_s is None
            else self.stale_while_revalidate_s,
            self.scope or below.scope,
        )


NO_HINT = CacheHint()


@dataclass(frozen=True, slots=True)
class CacheHints:
    """The hints of a schema, by type, and by type and field."""

    of_types: dict[str, CacheHint] = field(default_factory=dict)
    of_fields: dict[tuple[str, str], CacheHint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How long the answer of an operation may be reused, in seconds, and by whom."""

    max_age_s: int = 0
    stale_while_revalidate_s: int = 0
    scope: CacheScope = CacheScope.PUBLIC

    def tightened(self, hint: CacheHint) -> CachePolicy:
        """The same with a hint that can only lower the ages and tighten the scope."""
        return CachePolicy(
            _lower(self.max_age_s, hint.max_age_s),
            _lower(self.stale_while_revalidate_s, hint.stale_while_revalidate_s),
            CacheScope.PRIVATE if hint.scope is CacheScope.PRIVATE else self.scope,
        )


def _lower(age_s: int, other_s: int | None) -> int:
    return age_s if other_s is None else min(age_s, other_s)
