"""Pages of data that changes while they are read.

Records go on behind the last row, whatever was inserted and deleted; an aggregate goes on with the
result of its first page, or says that it cannot.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.cache.kept_results import KEPT_FOR_S, KeptResults
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.query.cursor import CursorSigner
from analytics_gql.service.pages import Pages
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.versions import LOOKED_UP_EVERY_S, DataVersions
from tests.conftest import ENGINES, MakeDatabase
from tests.properties.paged_oracle import Kind, Row, enum_value, in_order, shown
from tests.properties.paged_rows import Table, insert, write_duckdb, write_model, write_postgres
from tests.properties.paging import PAGE_ARGUMENTS, PASSED_ON, Client, Connection
from tests.properties.test_random_queries import SETTINGS

MODEL = """
type Item @records(table: "items", key: ["id"], tenant: "org") { id: ID! rank: Int word: String }
type Items @dataset(table: "items", tenant: "org", version: "max(updated)") {
  word: String @dimension
  rank: Int @dimension
  rows: BigInt @metric(sql: "count(*)")
  total: BigInt @metric(sql: "sum(id)")
}
type Query { items: ItemConnection counts: [Items!] countPages: ItemsConnection }
"""
ITEM = Kind("Item", "items", "items", ("id",), {"id": "ID", "rank": "Int", "word": "String"})
COLUMNS = (
    *(("org", "TEXT NOT NULL"), ("id", "BIGINT NOT NULL"), ("rank", "INTEGER"), ("word", "TEXT")),
    ("updated", "BIGINT"),
)
TENANT = "north"

Items = dict[int, tuple[int | None, str | None]]
"""What stands in the table, by id: rank and word."""


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Changing:
    """A service whose rows can be replaced by others."""

    def __init__(
        self,
        model: Model,
        service: Service,
        loop: asyncio.AbstractEventLoop,
        put: Callable[[Table], Awaitable[None]],
    ) -> None:
        self._engine = engine_of(model, service, Settings())
        self._put = put
        self._changes = 0
        self._items: Items = {}
        self._since: dict[int, int] = {}
        self.loop = loop
        self.clock = Clock()

    def put(self, items: Items) -> None:
        """Have these rows, and a namesake of each that another tenant has."""
        self._changes += 1
        self._since = {
            number: self._since.get(number, self._changes)
            if self._items.get(number) == item
            else self._changes
            for number, item in items.items()
        }
        self._items = dict(items)
        rows = [
            (tenant, number, *item, self._since[number])
            for number, item in items.items()
            for tenant in (TENANT, "other")
        ]
        self.loop.run_until_complete(self._put(Table("items", COLUMNS, ("org", "id"), tuple(rows))))
        self.clock.now += LOOKED_UP_EVERY_S

    def client(self, *, kept_bytes: int = 1_000_000) -> Client:
        """A caller of a server that has kept nothing yet."""
        service = self._engine.service
        versions = DataVersions(service.catalog, service.warehouse, self.clock)
        kept = KeptResults(kept_bytes, self.clock)
        pages = Pages(service, CursorSigner(b"a secret of these tests"), versions, kept)
        engine = GraphQLEngine(self._engine.views, service, pages)
        return Client(engine, self.loop, Caller(TENANT, (), tier=3))


@pytest.fixture(scope="module", params=ENGINES)
async def changing(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[Changing]:
    folder: Path = tmp_path_factory.mktemp("changing")
    model = write_model(folder, MODEL)
    empty = Table("items", COLUMNS, ("org", "id"), ())
    if request.param == "duckdb":
        path, incoming = folder / "items.duckdb", folder / "incoming.duckdb"
        write_duckdb(path, [empty])

        async def put(table: Table) -> None:
            write_duckdb(incoming, [table])
            os.replace(incoming, path)

        # Nothing is kept: versions are believed for a second, and here data changes faster.
        settings = Settings(warehouse=f"duckdb://{path}", result_cache_bytes=0)
        async with open_service(settings, model.catalog) as service:
            yield Changing(model, service, asyncio.get_running_loop(), put)
        return
    url = await make_database()
    await write_postgres(url, [empty])
    connection = await asyncpg.connect(url)

    async def change(table: Table) -> None:
        """Delete what is gone and insert what is new; what stays is not touched."""
        there = {tuple(row) for row in await connection.fetch("SELECT * FROM items")}
        keys = [row[:2] for row in there - {*table.rows}]
        await connection.executemany("DELETE FROM items WHERE org = $1 AND id = $2", keys)
        await insert(connection, table, [row for row in table.rows if row not in there])

    settings = Settings(warehouse=url, result_cache_bytes=0)
    async with open_service(settings, model.catalog) as service:
        yield Changing(model, service, asyncio.get_running_loop(), change)
    await connection.close()


# --- what changes, and when ----------------------------------------------------------------------

_item = st.tuples(
    st.sampled_from([None, 0, 0, 1, 1, 2, -5, 2**31 - 1]),
    st.sampled_from([None, "", "a", "B", "b", "ä", "😀"]),
)
_ids = st.integers(-20, 60)
tables = st.dictionaries(_ids, _item, min_size=1, max_size=25)
orders = st.lists(
    st.tuples(st.sampled_from(["id", "rank", "word"]), st.booleans()), max_size=2
).map(tuple)
sizes = st.lists(st.integers(1, 8), min_size=1, max_size=3)
Change = tuple[Items, list[int]]
"""Rows to insert under new ids, and numbers that tell which of the rows there are to be deleted."""
changes = st.one_of(
    st.none(),
    st.tuples(st.dictionaries(_ids, _item, max_size=4), st.lists(st.integers(0, 100), max_size=4)),
)


def changed(items: Items, change: Change, used: set[int]) -> Items:
    """The table after a change; an id that ever was there is never given to another row."""
    inserted, deleted = change
    gone = {sorted(items)[number % len(items)] for number in deleted if items}
    kept = {number: item for number, item in items.items() if number not in gone}
    return kept | {number: item for number, item in inserted.items() if number not in used}


def as_rows(items: Items) -> list[Row]:
    return [{"id": number, "rank": rank, "word": word} for number, (rank, word) in items.items()]


def order_by(order: Sequence[tuple[str, bool]]) -> list[dict[str, str]]:
    return [
        {"by": enum_value(name), "direction": "DESC" if descending else "ASC"}
        for name, descending in order
    ]


@given(
    items=tables,
    script=st.lists(changes, min_size=1, max_size=4),
    order=orders,
    sizes=sizes,
    backwards=st.booleans(),
)
@settings(max_examples=20, **SETTINGS)
def test_records_that_stay_are_read_once_and_in_order_whatever_else_changes(
    changing: Changing,
    items: Items,
    script: list[Change | None],
    order: tuple[tuple[str, bool], ...],
    sizes: list[int],
    backwards: bool,
) -> None:
    changing.put(items)
    used, stayed = set(items), set(items)
    connection = Connection(
        changing.client(),
        lambda selected: (
            f"query ($orderBy: [ItemOrder!], {PAGE_ARGUMENTS}) "
            f"{{ c: items(orderBy: $orderBy, {PASSED_ON}) {{ {selected} }} }}"
        ),
        ("id rank word",),
        {"orderBy": order_by(order)},
    )
    read: list[Row] = []
    steps = iter(script)
    for number, page in enumerate(connection.pages(sizes, backwards=backwards)):
        # What is there now, behind the row that was read last.
        last = read[-1:]
        there = in_order([*as_rows(items), *last], order, ITEM)[:: -1 if backwards else 1]
        beyond = max((n + 1 for n, row in enumerate(there) if row in last), default=0)
        wanted = there[beyond:][: sizes[number % len(sizes)]]
        shown_rows = [shown(row, [*ITEM.types], ITEM) for row in wanted]
        assert page[:: -1 if backwards else 1] == shown_rows
        read += wanted
        change = next(steps, None)
        if change is not None:
            items = changed(items, change, used)
            used |= set(items)
            stayed &= set(items)
            changing.put(items)
    numbers = [row["id"] for row in read]
    assert len(set(numbers)) == len(numbers)
    assert stayed <= set(numbers)


# --- aggregates ----------------------------------------------------------------------------------

dimensions = st.sampled_from([("WORD",), ("RANK",), ("WORD", "RANK"), ("RANK", "WORD")])
metric_orders = st.lists(
    st.tuples(st.sampled_from(["rows", "total"]), st.booleans()), max_size=2
).map(tuple)


def counts(
    client: Client, group_by: tuple[str, ...], order: Sequence[tuple[str, bool]]
) -> Connection:
    """Pages of counts, the same number of which stands in several groups."""
    fields = " ".join(name.lower() for name in group_by)
    ground = f"groupBy: [{', '.join(group_by)}], orderBy: $orderBy"
    return Connection(
        client,
        lambda selected: (
            f"query ($orderBy: [ItemsOrder!], {PAGE_ARGUMENTS}) "
            f"{{ c: countPages({ground}, {PASSED_ON}) {{ {selected} }} }}"
        ),
        (f"{fields} rows total",),
        {"orderBy": order_by(order)},
    )


@given(
    items=tables,
    other=tables,
    group_by=dimensions,
    order=metric_orders,
    sizes=sizes,
    backwards=st.booleans(),
)
@settings(max_examples=20, **SETTINGS)
def test_an_aggregate_goes_on_with_the_result_of_its_first_page_while_that_is_kept(
    changing: Changing,
    items: Items,
    other: Items,
    group_by: tuple[str, ...],
    order: tuple[tuple[str, bool], ...],
    sizes: list[int],
    backwards: bool,
) -> None:
    changing.put(items)
    connection = counts(changing.client(), group_by, order)
    expected = connection.page(f"nodes {{ {connection.selections[0]} }}", first=1_000)["nodes"]
    read: list[list[Row]] = []
    for number, page in enumerate(connection.pages(sizes, backwards=backwards)):
        read.append(page)
        if number == 0:
            changing.put(other)
        changing.clock.now += KEPT_FOR_S / 100
    if backwards:
        read.reverse()
    assert [row for page in read for row in page] == expected


@given(
    items=tables,
    change=st.one_of(st.none(), _item),
    group_by=dimensions,
    order=metric_orders,
    size=st.integers(1, 5),
    backwards=st.booleans(),
    kept_bytes=st.sampled_from([0, 1_000_000]),
)
@settings(max_examples=20, **SETTINGS)
def test_an_aggregate_that_is_not_kept_goes_on_only_if_nothing_has_changed(
    changing: Changing,
    items: Items,
    change: tuple[int | None, str | None] | None,
    group_by: tuple[str, ...],
    order: tuple[tuple[str, bool], ...],
    size: int,
    backwards: bool,
    kept_bytes: int,
) -> None:
    changing.put(items)
    connection = counts(changing.client(kept_bytes=kept_bytes), group_by, order)
    nodes = f"nodes {{ {connection.selections[0]} }}"
    whole = connection.page(f"{nodes} totalCount", first=1_000)["nodes"]
    (count, cursor), ends = (
        (("last", "before"), "startCursor") if backwards else (("first", "after"), "endCursor")
    )
    page = connection.page(f"{nodes} pageInfo {{ {ends} }}", **{count: size})
    position = page["pageInfo"][ends]
    if change is not None:
        changing.put(items | {1_000: change})
    changing.clock.now += KEPT_FOR_S + 1
    text = connection.text(f"{nodes} totalCount")
    arguments = {count: size, cursor: position}
    if change is not None:
        assert connection.client.code(text, connection.variables | arguments) == "CURSOR_STALE"
        return
    following = connection.page(f"{nodes} totalCount", **arguments)
    rest = whole[:-size] if backwards else whole[size:]
    assert following["nodes"] == (rest[-size:] if backwards else rest[:size])
    assert following["totalCount"] == len(whole)
