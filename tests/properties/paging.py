"""Reads connections as a client does: page by page, and looks at every page."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from analytics_gql.access.caller import Caller
from analytics_gql.gql.execution import GraphQLEngine

INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGE_ARGUMENTS = "$first: Int, $after: String, $last: Int, $before: String"
PASSED_ON = "first: $first, after: $after, last: $last, before: $before"


@dataclass(frozen=True)
class Client:
    """A caller of an engine; functions may wait for it between the tests of the session's loop."""

    engine: GraphQLEngine
    loop: asyncio.AbstractEventLoop
    caller: Caller

    def ask(self, text: str, variables: dict[str, Any] | None = None) -> Any:
        """The response, numbers with a fraction as Decimals."""
        response = self.loop.run_until_complete(
            self.engine.execute(text, self.caller, variables=variables)
        )
        return json.loads(orjson.dumps(response), parse_float=Decimal)

    def answer(self, text: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of a response without errors."""
        response = self.ask(text, variables)
        assert "errors" not in response, response
        return response["data"]

    def code(self, text: str, variables: dict[str, Any] | None = None) -> str | None:
        """The code of the response's only error; None where it has none."""
        response = self.ask(text, variables)
        if "errors" not in response:
            return None
        (error,) = response["errors"]
        code: str = error["extensions"]["code"]
        return code


@dataclass(frozen=True)
class Connection:
    """A connection and the question that is put to it.

    `text` makes the operation for what is selected of the connection; its root field has the alias
    `c`. Pages may select the rows in turn as `selections` say: the question stays the same.
    """

    client: Client
    text: Callable[[str], str]
    selections: tuple[str, ...]
    variables: dict[str, Any] = field(default_factory=dict)

    def page(self, selected: str, **arguments: Any) -> Any:
        """A page, asked with some of `first`, `after`, `last`, `before`."""
        answer = self.client.answer(self.text(selected), self.variables | arguments)
        return answer["c"]

    def pages(self, sizes: Sequence[int], *, backwards: bool = False) -> Iterator[list[Any]]:
        """The rows of each page until there are no more, in the order in which they are read.

        A page is asked for when it is taken. Looks at its information on the way.
        """
        count, cursor = ("last", "before") if backwards else ("first", "after")
        more, here = (
            ("hasPreviousPage", "startCursor") if backwards else ("hasNextPage", "endCursor")
        )
        behind = "hasNextPage" if backwards else "hasPreviousPage"
        position: str | None = None
        for number in itertools.count():
            size = sizes[number % len(sizes)]
            nodes = self.selections[number % len(self.selections)]
            selected = f"edges {{ cursor node {{ {nodes} }} }} nodes {{ {nodes} }} {INFO}"
            page = self.page(selected, **{count: size, cursor: position})
            edges, info = page["edges"], page["pageInfo"]
            assert page["nodes"] == [edge["node"] for edge in edges]
            assert info["startCursor"] == (edges[0]["cursor"] if edges else None)
            assert info["endCursor"] == (edges[-1]["cursor"] if edges else None)
            assert len(edges) <= size
            assert len(edges) == size or not info[more]
            assert info[behind] == (position is not None)
            yield page["nodes"]
            if not info[more]:
                return
            position = info[here]

    def whole(self, sizes: Sequence[int], *, backwards: bool = False) -> list[Any]:
        """All rows in the order of the result, read in pages of these sizes in turn."""
        pages = list(self.pages(sizes, backwards=backwards))
        if backwards:
            pages.reverse()
        return [row for page in pages for row in page]

    def cursors(self) -> list[str]:
        """The cursor of each row."""
        page = self.page(f"edges {{ cursor }} nodes {{ {self.selections[0]} }}", first=10_000)
        return [edge["cursor"] for edge in page["edges"]]
