"""What operations ask for that were executed before: nobody reads their documents again.

A registered document is asked with few variables, by many and again whenever its data has changed;
a subscription at every change. All that graphql-core finds out about such an operation (which
fields are selected, what their arguments say) was found out before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Hashable, Sequence
from typing import Any

from analytics_gql.access.caller import Caller
from analytics_gql.gql.context import Answering, RequestContext
from analytics_gql.gql.document import Document
from analytics_gql.gql.executor import WarehouseJson
from analytics_gql.gql.variables import as_sent
from analytics_gql.model.catalog import Catalog
from analytics_gql.service.requests import Request
from analytics_gql.service.together import together

Selected = tuple[tuple[str, Request | str], ...]
"""The root fields of an operation in order: what each asks for by its key, or its `__typename`."""


class KnownSelections:
    """The most recent ones, while the catalog stays bound as it is."""

    def __init__(self, entries: int = 1_000) -> None:
        self._entries = entries
        self._catalog: Catalog | None = None
        self._selected: OrderedDict[Hashable, Selected] = OrderedDict()

    def find(self, key: Hashable, catalog: Catalog) -> Selected | None:
        """What is known of an operation."""
        if catalog is not self._catalog:
            self._catalog = catalog
            self._selected.clear()
        selected = self._selected.get(key)
        if selected is not None:
            self._selected.move_to_end(key)
        return selected

    def learn(self, key: Hashable, response: dict[str, Any], context: RequestContext) -> None:
        """Know the operation from now on, if all that it was answered with came from a session."""
        if context.catalog is not self._catalog or response.get("errors"):
            return
        asked, selected = dict(context.asked), list[tuple[str, Request | str]]()
        for name, value in response["data"].items():
            part = value if isinstance(value, str) else asked.get(name)
            if part is None:  # introspection, the catalog, a signed URL
                return
            selected.append((name, part))
        if not asked:
            return
        self._selected[key] = tuple(selected)
        if len(self._selected) > self._entries:
            self._selected.popitem(last=False)


def key_of(
    document: Document,
    variables: dict[str, Any] | None,
    operation_name: str | None,
    caller: Caller,
) -> Hashable | None:
    """What an operation is known by; None if it is not worth being known.

    The document is one of what the caller sees, and what is known is theirs alone.
    """
    sent = as_sent(variables)
    return None if sent is None else (document, operation_name, sent, caller, caller.max_rows)


async def outcomes_of(selected: Selected, session: Answering) -> list[str | Exception]:
    """The JSON of each field that asks for something, or its error."""
    answers = [session.answer(part) for _, part in selected if not isinstance(part, str)]
    if len(answers) == 1:
        return [await _outcome(answers[0])]
    return await together(*map(_outcome, answers))


def data_of(selected: Selected, outcomes: Sequence[str | Exception]) -> dict[str, Any] | None:
    """The response's data; None if there is an error, which graphql-core has to place."""
    found, data = iter(outcomes), dict[str, Any]()
    for name, part in selected:
        if isinstance(part, str):
            data[name] = part
            continue
        outcome = next(found)
        if isinstance(outcome, Exception):
            return None
        data[name] = WarehouseJson(outcome).fragment
    return data


class Told:
    """Stands in a session's place, and answers what is asked with what it was answered before."""

    def __init__(self, outcomes: Sequence[str | Exception]) -> None:
        self._outcomes = iter(outcomes)

    def answer(self, _request: Request) -> Awaitable[str]:
        """Root fields ask in their order."""
        return _given(next(self._outcomes))


async def _outcome(answer: Awaitable[str]) -> str | Exception:
    try:
        return await answer
    except Exception as error:
        return error


async def _given(outcome: str | Exception) -> str:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
