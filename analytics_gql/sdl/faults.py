"""Where the readers of a model put what is wrong, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from graphql import Node

from analytics_gql.errors import Fault
from analytics_gql.sdl.expressions import ExpressionError
from analytics_gql.sdl.files import place


class FaultList:
    """Collects faults; a reader goes on after each."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, node: Node, message: str, hint: str) -> None:
        """A fault at a node of the schema."""
        file, line = place(node)
        self.add_at(file, line, message, hint)

    def add_at(self, file: str, line: int, message: str, hint: str) -> None:
        """A fault at a line; 0 is the whole file."""
        self._faults.append(Fault(file, line, message, hint))

    def told_at(self, node: Node, what: str) -> _ToldAt:
        """Make an ExpressionError a fault at a node, and go on after the block."""
        return _ToldAt(self, node, what)


class _ToldAt:
    """See FaultList.told_at. Not by contextlib: type checkers must see that errors end here."""

    def __init__(self, faults: FaultList, node: Node, what: str) -> None:
        self._faults = faults
        self._node = node
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, ExpressionError):
            return False
        self._faults.add(self._node, f"{self._what}: {error.message}", error.hint)
        return True
