"""Pages joined are the whole, forwards and backwards, whatever is asked in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase
from tests.properties.paged_oracle import (
    LOOSE,
    PART,
    THING,
    Question,
    Row,
    filters,
    orders,
    record_questions,
    rows_of,
    shown,
)
from tests.properties.paged_rows import (
    MODEL,
    TENANTS,
    build_tables,
    write_duckdb,
    write_model,
    write_postgres,
)
from tests.properties.paged_sums import DIMENSIONS, Sums, rounded, sums
from tests.properties.paging import PAGE_ARGUMENTS, PASSED_ON, Client, Connection
from tests.properties.test_random_queries import SETTINGS


class PagedWorld:
    """The awkward rows in one engine, and as plain Python has them."""

    def __init__(
        self,
        keeping: GraphQLEngine,
        forgetting: GraphQLEngine,
        loop: asyncio.AbstractEventLoop,
        rows: dict[tuple[str, str], list[Row]],
    ) -> None:
        self.keeping = keeping
        self.forgetting = forgetting
        self.loop = loop
        self.rows = rows

    def client(self, tenant: str | None, *, keeps: bool = True) -> Client:
        """A caller of a tenant; the engine keeps results for their next pages, or does not."""
        engine = self.keeping if keeps else self.forgetting
        return Client(engine, self.loop, Caller(tenant, (), tier=3))

    def whole(self, question: Question, tenant: str) -> list[Row]:
        """All rows that a question has, from plain Python."""
        return question.answer(self.rows[question.kind.name, tenant])


@pytest.fixture(scope="module")
def paged_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return write_model(tmp_path_factory.mktemp("paged"), MODEL)


@pytest.fixture(scope="module", params=ENGINES)
async def world(
    request: pytest.FixtureRequest,
    paged_model: Model,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[PagedWorld]:
    tables = build_tables()
    if request.param == "duckdb":
        path: Path = tmp_path_factory.mktemp("paged") / "paged.duckdb"
        write_duckdb(path, tables)
        url = f"duckdb://{path}"
    else:
        url = await make_database()
        await write_postgres(url, tables)
    named = {table.name: table for table in tables}
    rows = {
        (kind.name, tenant): rows_of(kind, named[kind.table], tenant)
        for kind in (THING, PART, LOOSE)
        for tenant in TENANTS
    }
    async with open_service(Settings(warehouse=url), paged_model.catalog) as service:
        yield PagedWorld(
            engine_of(paged_model, service, Settings()),
            engine_of(paged_model, service, Settings(kept_pages_bytes=0)),
            asyncio.get_running_loop(),
            rows,
        )


tenants = st.sampled_from(TENANTS)
sizes = st.lists(st.one_of(st.integers(1, 9), st.integers(10, 40)), min_size=2, max_size=3)


def connection_of(client: Client, question: Question, *selections: str) -> Connection:
    kind = question.kind
    ranged = ("$dateRange: DateRange, ", "dateRange: $dateRange, ") if kind is THING else ("", "")

    def text(selected: str) -> str:
        return (
            f"query ({ranged[0]}$where: {kind.name}Filter, $orderBy: [{kind.name}Order!], "
            f"{PAGE_ARGUMENTS}) {{ c: {kind.root}({ranged[1]}where: $where, orderBy: $orderBy, "
            f"{PASSED_ON}) {{ {selected} }} }}"
        )

    return Connection(client, text, selections or (" ".join(kind.types),), question.variables)


def as_python(rows: list[Row]) -> list[Row]:
    """Rows of an answer, floats as Python's; decimals are equal whatever their zeros."""
    floats = ("ratio", "single")
    return [
        {
            name: float(value) if name in floats and value is not None else value
            for name, value in row.items()
        }
        for row in rows
    ]


# --- records -------------------------------------------------------------------------------------


@given(question=record_questions(), tenant=tenants, sizes=sizes, backwards=st.booleans())
@settings(max_examples=40, **SETTINGS)
def test_pages_of_records_joined_are_what_plain_python_sorts_and_filters(
    world: PagedWorld, question: Question, tenant: str, sizes: list[int], backwards: bool
) -> None:
    kind = question.kind
    expected = [shown(row, [*kind.types], kind) for row in world.whole(question, tenant)]
    connection = connection_of(world.client(tenant), question)
    assert as_python(connection.whole(sizes, backwards=backwards)) == expected
    unpaged = connection.page(f"totalCount nodes {{ {' '.join(kind.types)} }}", first=10_000)
    assert as_python(unpaged["nodes"]) == expected
    assert unpaged["totalCount"] == len(expected)


@given(
    question=record_questions(),
    tenant=tenants,
    ends=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    size=st.integers(1, 60),
    backwards=st.booleans(),
)
@settings(max_examples=40, **SETTINGS)
def test_what_lies_between_two_cursors_is_a_slice_and_where_they_cross_there_is_nothing(
    world: PagedWorld,
    question: Question,
    tenant: str,
    ends: tuple[int, int],
    size: int,
    backwards: bool,
) -> None:
    expected = world.whole(question, tenant)
    assume(expected)
    key = question.kind.key
    connection = connection_of(world.client(tenant), question)
    cursors = connection.cursors()
    assert len(cursors) == len(expected)
    low, high = (end % len(expected) for end in ends)
    between = expected[low + 1 : high]
    page = connection.page(
        f"totalCount nodes {{ {' '.join(key)} }} pageInfo {{ hasNextPage hasPreviousPage }}",
        after=cursors[low],
        before=cursors[high],
        **{"last" if backwards else "first": size},
    )
    cut = between[-size:] if backwards else between[:size]
    assert page == {
        "totalCount": len(expected),
        "nodes": [shown(row, key, question.kind) for row in cut],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": True},
    }


@given(
    question=record_questions(),
    tenant=tenants,
    sizes=sizes,
    backwards=st.booleans(),
    data=st.data(),
)
@settings(max_examples=25, **SETTINGS)
def test_a_cursor_is_good_for_any_selection_of_the_same_question(
    world: PagedWorld,
    question: Question,
    tenant: str,
    sizes: list[int],
    backwards: bool,
    data: st.DataObject,
) -> None:
    names = [*question.kind.types]
    some = st.lists(st.sampled_from(names), max_size=3, unique=True)
    others = data.draw(st.lists(some, min_size=2, max_size=3))
    key = question.kind.key
    selections = [" ".join(dict.fromkeys([*key, *other])) for other in others]
    connection = connection_of(world.client(tenant), question, *selections)
    found = [
        {name: row[name] for name in key} for row in connection.whole(sizes, backwards=backwards)
    ]
    assert found == [shown(row, key, question.kind) for row in world.whole(question, tenant)]


# --- aggregates ----------------------------------------------------------------------------------


@given(
    question=sums(),
    tenant=tenants,
    sizes=sizes,
    backwards=st.booleans(),
    keeps=st.booleans(),
    in_turn=st.booleans(),
)
@settings(max_examples=60, **SETTINGS)
def test_pages_of_an_aggregate_joined_are_its_list(
    world: PagedWorld,
    question: Sums,
    tenant: str,
    sizes: list[int],
    backwards: bool,
    keeps: bool,
    in_turn: bool,
) -> None:
    client = world.client(tenant, keeps=keeps)
    plain = rounded(question.plain(client))
    connection = question.connection(client, in_turn=in_turn)
    unpaged = connection.page(f"totalCount nodes {{ {question.fields} }}", first=10_000)
    assert unpaged["totalCount"] == len(plain)
    found = rounded(unpaged["nodes"])
    if question.has_float_order:
        # The list sorts by all digits; pages by those that do not depend on how a sum was made.
        assert sorted(found, key=repr) == sorted(plain, key=repr)
    else:
        assert found == plain
    assert rounded(connection.whole(sizes, backwards=backwards)) == found


@given(
    question=sums(),
    ends=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    size=st.integers(1, 60),
    backwards=st.booleans(),
    keeps=st.booleans(),
)
@settings(max_examples=40, **SETTINGS)
def test_groups_between_two_cursors_are_a_slice_and_where_they_cross_there_is_nothing(
    world: PagedWorld,
    question: Sums,
    ends: tuple[int, int],
    size: int,
    backwards: bool,
    keeps: bool,
) -> None:
    connection = question.connection(world.client(TENANTS[0], keeps=keeps))
    rows = f"nodes {{ {question.fields} }}"
    whole = connection.page(f"edges {{ cursor }} {rows}", first=10_000)
    assume(whole["nodes"])
    low, high = (end % len(whole["nodes"]) for end in ends)
    between = whole["nodes"][low + 1 : high]
    page = connection.page(
        f"totalCount {rows} pageInfo {{ hasNextPage hasPreviousPage }}",
        after=whole["edges"][low]["cursor"],
        before=whole["edges"][high]["cursor"],
        **{"last" if backwards else "first": size},
    )
    assert page["totalCount"] == len(whole["nodes"])
    assert rounded(page["nodes"]) == rounded(between[-size:] if backwards else between[:size])
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}


# --- what a cursor is bound to -------------------------------------------------------------------

_FILTERS = (
    None,
    {"flag": {"eq": True}},
    {"not": {"flag": {"eq": True}}},
    {"small": {"in": [0, 1]}},
    {"small": {"in": [0, 1, 2]}},
    {"word": {"gte": ""}},
)
_ORDERS: tuple[tuple[tuple[str, bool], ...], ...] = (
    (),
    (("word", False),),
    (("word", True),),
    (("word", False), ("small", True)),
    (("small", True), ("word", False)),
)
_questions = st.builds(
    Question, st.just(THING), st.sampled_from(_FILTERS), st.sampled_from(_ORDERS)
)


@given(
    asked=st.tuples(tenants, _questions),
    then=st.tuples(tenants, _questions),
    place=st.integers(0, 50),
    side=st.sampled_from(["after", "before"]),
)
@settings(max_examples=40, **SETTINGS)
def test_a_cursor_is_refused_by_every_other_tenant_question_and_order(
    world: PagedWorld,
    asked: tuple[str, Question],
    then: tuple[str, Question],
    place: int,
    side: str,
) -> None:
    (tenant, question), (other_tenant, other) = asked, then
    cursors = connection_of(world.client(tenant), question).cursors()
    cursor = cursors[place % len(cursors)]
    connection = connection_of(world.client(other_tenant), other)
    code = connection.client.code(
        connection.text("nodes { id }"), other.variables | {"first": 5, side: cursor}
    )
    if tenant != other_tenant:
        assert code == "CURSOR_INVALID"
    else:
        assert code == (None if question == other else "CURSOR_MISMATCH")


@given(asked=sums(), other=sums(), words=st.permutations(DIMENSIONS), place=st.integers(0, 50))
@settings(max_examples=40, **SETTINGS)
def test_a_cursor_of_an_aggregate_is_refused_by_every_other_one(
    world: PagedWorld, asked: Sums, other: Sums, words: list[str], place: int
) -> None:
    client = world.client(TENANTS[0])
    cursors = asked.connection(client).cursors()
    assume(cursors)
    cursor = cursors[place % len(cursors)]
    # The dimensions in another sequence break ties in another sequence.
    turned = replace(asked, dimensions=tuple(sorted(asked.dimensions, key=words.index)))
    for question in (asked, turned, other):
        connection = question.connection(client)
        text = connection.text(f"nodes {{ {question.fields} }}")
        code = client.code(text, question.variables | {"first": 5, "after": cursor})
        if question == asked:
            assert code is None
        elif question.meaning != asked.meaning:
            assert code == "CURSOR_MISMATCH"
        client = world.client(TENANTS[0], keeps=False)
    things = connection_of(client, Question(THING))
    assert client.code(things.text("nodes { id }"), {"after": cursor}) == "CURSOR_MISMATCH"


@given(
    question=record_questions([THING, LOOSE]),
    place=st.integers(0, 50),
    at=st.integers(0, 10_000),
    letter=st.sampled_from("Aa0-_=é \n"),
)
@settings(max_examples=40, **SETTINGS)
def test_an_altered_cursor_is_refused(
    world: PagedWorld, question: Question, place: int, at: int, letter: str
) -> None:
    connection = connection_of(world.client(TENANTS[0]), question)
    cursors = connection.cursors()
    assume(cursors)
    cursor = cursors[place % len(cursors)]
    at %= len(cursor)
    for altered in (cursor[:at] + letter + cursor[at + 1 :], cursor[:at], cursor + letter):
        if altered != cursor:
            code = connection.client.code(
                connection.text("nodes { __typename }"), question.variables | {"after": altered}
            )
            assert code == "CURSOR_INVALID"


@given(where=filters(THING), order=orders(THING))
@settings(max_examples=20, **SETTINGS)
def test_nobody_has_no_page(world: PagedWorld, where: Any, order: Any) -> None:
    question = Question(THING, where, order)
    cursors = connection_of(world.client(TENANTS[0]), question).cursors()
    connection = connection_of(world.client(None), question)
    text = connection.text("totalCount nodes { id }")
    assert connection.client.code(text, question.variables) == "TENANT_REQUIRED"
    for cursor in cursors[:1]:
        code = connection.client.code(text, question.variables | {"after": cursor})
        assert code == "CURSOR_INVALID"
