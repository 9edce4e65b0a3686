"""What all errors have in common: a code, a message, a hint."""

from __future__ import annotations

from typing import Any, ClassVar


class AnalyticsError(Exception):
    """`message` says what happened in the user's words; `hint` says what to do next."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def details(self) -> dict[str, Any]:
        """What else machines are told, by name, beside code and hint."""
        return {}
