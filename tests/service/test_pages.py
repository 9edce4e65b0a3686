"""Pages: what is asked, what is read, what is refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from tests.service.counting import CountingWarehouse

GROUND = 'dateRange: {start: "2026-05-01", end: "2026-05-03"}, groupBy: [COUNTRY, CHANNEL]'
BY_REVENUE = f"{GROUND}, orderBy: [{{by: REVENUE, direction: DESC}}]"
INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def ask(engine: GraphQLEngine, caller: Caller, text: str) -> Any:
    response = orjson.loads(orjson.dumps(await engine.execute(text, caller)))
    assert "errors" not in response, response
    return response["data"]


async def refused(engine: GraphQLEngine, caller: Caller, text: str) -> tuple[str, str]:
    """Code and message of the one error; there is a hint, and no data."""
    response = orjson.loads(orjson.dumps(await engine.execute(text, caller)))
    (error,) = response["errors"]
    assert set(response["data"].values()) == {None}
    assert error["extensions"]["hint"]
    return error["extensions"]["code"], error["message"]


# --- records -------------------------------------------------------------------------------------


async def test_a_page_reads_what_it_shows_and_no_more(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    data = await ask(engine, acme, f"{{ orders(first: 2) {{ nodes {{ id }} {INFO} }} }}")
    assert [node["id"] for node in data["orders"]["nodes"]] == ["1", "2"]
    assert len(counting.statements) == 1
    await ask(engine, acme, "{ orders { totalCount } }")
    assert len(counting.statements) == 2
    assert "COUNT(*)" in counting.statements[1]
    assert "ORDER BY" not in counting.statements[1]
    await ask(engine, acme, "{ orders { __typename } }")
    assert len(counting.statements) == 2


async def test_pages_follow_one_another_in_both_directions(
    engine: GraphQLEngine, acme: Caller
) -> None:
    arguments = "orderBy: [{by: COUNTRY, direction: DESC}, {by: NET_AMOUNT}]"
    page = f"{{ nodes {{ id }} {INFO} }}"
    one = (await ask(engine, acme, f"{{ o: orders(first: 3, {arguments}) {page} }}"))["o"]
    assert one["pageInfo"] | {"startCursor": 0, "endCursor": 0} == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": 0,
        "endCursor": 0,
    }
    end = one["pageInfo"]["endCursor"]
    two = (
        await ask(engine, acme, f'{{ o: orders(first: 3, after: "{end}", {arguments}) {page} }}')
    )["o"]
    assert two["pageInfo"]["hasPreviousPage"]
    start = two["pageInfo"]["startCursor"]
    back = (
        await ask(engine, acme, f'{{ o: orders(last: 3, before: "{start}", {arguments}) {page} }}')
    )["o"]
    assert back["nodes"] == one["nodes"]
    assert back["pageInfo"] == one["pageInfo"]
    both = (
        await ask(
            engine,
            acme,
            f'{{ o: orders(first: 9, after: "{one["pageInfo"]["startCursor"]}", '
            f'before: "{two["pageInfo"]["endCursor"]}", {arguments}) {page} }}',
        )
    )["o"]
    assert both["nodes"] == [*one["nodes"][1:], *two["nodes"][:-1]]


async def test_edges_and_nodes_may_want_different_things_under_any_alias(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    data = await ask(
        engine,
        acme,
        """{ o: orders(first: 2) {
               __typename total: totalCount
               e: edges { __typename c: cursor cursor node { id } n: node { __typename country } }
               edges { node { country } }
               nodes { netAmount } n: nodes { id }
               p: pageInfo { __typename more: hasNextPage } } }""",
    )
    connection = data["o"]
    assert list(connection) == ["__typename", "total", "e", "edges", "nodes", "n", "p"]
    assert connection["__typename"] == "OrderConnection"
    assert list(connection["e"][0]) == ["__typename", "c", "cursor", "node", "n"]
    assert connection["e"][0]["__typename"] == "OrderEdge"
    assert connection["e"][0]["c"] == connection["e"][0]["cursor"]
    assert connection["e"][0]["n"]["__typename"] == "Order"
    assert connection["p"] == {"__typename": "PageInfo", "more": True}
    assert connection["n"] == [edge["node"] for edge in connection["e"]]
    assert len(counting.statements) == 2


async def test_fragments_and_directives_are_honoured(engine: GraphQLEngine, acme: Caller) -> None:
    data = await ask(
        engine,
        acme,
        """query { o: orders(first: 1) { ...page nodes @skip(if: true) { id }
             ... on OrderConnection { edges { node { id @include(if: false) country } } } } }
           fragment page on OrderConnection { edges { node { ...order } } }
           fragment order on Order { id quantity }""",
    )
    assert list(data["o"]) == ["edges"]
    assert list(data["o"]["edges"][0]["node"]) == ["id", "quantity", "country"]


async def test_a_page_has_a_hundred_rows_unless_it_says_otherwise(
    engine: GraphQLEngine, acme: Caller
) -> None:
    data = await ask(engine, acme, "{ orders { nodes { id } } }")
    assert len(data["orders"]["nodes"]) == 100
    small = Caller("acme", (), tier=1)
    data = await ask(engine, small, "{ orders(first: 100) { nodes { id } } }")
    assert len(data["orders"]["nodes"]) == 100


async def test_a_page_without_rows(engine: GraphQLEngine, acme: Caller) -> None:
    data = await ask(
        engine,
        acme,
        f'{{ orders(where: {{id: {{eq: "999999999"}}}}) {{ edges {{ cursor }} nodes {{ id }} '
        f"totalCount {INFO} }} }}",
    )
    assert data["orders"] == {
        "edges": [],
        "nodes": [],
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


async def test_days_are_days_of_utc(engine: GraphQLEngine, acme: Caller) -> None:
    data = await ask(
        engine,
        acme,
        """query ($days: DateRange = {start: "2026-05-01", end: "2026-05-02"}) {
             o: orders(dateRange: $days, first: 1000, orderBy: [{by: ORDERED_AT}]) {
               totalCount nodes { orderedAt } }
             m: orderMetrics(dateRange: $days) { orderCount } }""",
    )
    (metrics,) = data["m"]
    assert data["o"]["totalCount"] == metrics["orderCount"] == len(data["o"]["nodes"])
    assert data["o"]["nodes"][0]["orderedAt"] >= "2026-05-01T00:00:00Z"
    assert data["o"]["nodes"][-1]["orderedAt"] < "2026-05-03"


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("first: 0", "INVALID_PAGE", "`first` is 0"),
        ("first: -1", "INVALID_PAGE", "`first` is -1"),
        ("last: 0", "INVALID_PAGE", "`last` is 0"),
        ("first: 1, last: 1", "INVALID_PAGE", "both `first` and `last`"),
        ("first: 101", "TOO_MANY_ROWS", "your tier may read 100 rows"),
        ("last: 2000000000", "TOO_MANY_ROWS", "your tier may read 100 rows"),
        ('after: ""', "CURSOR_INVALID", "cannot be read"),
        ('after: "abc"', "CURSOR_INVALID", "cannot be read"),
        ('before: "💥"', "CURSOR_INVALID", "cannot be read"),
    ],
)
@pytest.mark.parametrize("field", ["orders(@@)", f"orderMetricsConnection(@@, {GROUND})"])
async def test_bad_pages_are_told(
    engine: GraphQLEngine,
    counting: CountingWarehouse,
    field: str,
    arguments: str,
    code: str,
    words: str,
) -> None:
    caller = Caller("acme", (), tier=1)
    text = f"{{ {field.replace('@@', arguments)} {{ pageInfo {{ endCursor }} }} }}"
    found, message = await refused(engine, caller, text)
    assert found == code
    assert words in message
    assert counting.statements == []


async def test_cursors_that_cross_have_nothing_between_them(
    engine: GraphQLEngine, acme: Caller
) -> None:
    data = await ask(engine, acme, "{ orders(first: 5) { edges { cursor } } }")
    first, *_, last = (edge["cursor"] for edge in data["orders"]["edges"])
    for after, before in ((last, first), (first, first)):
        for rows in ("first: 3", "last: 3"):
            data = await ask(
                engine,
                acme,
                f'{{ orders({rows}, after: "{after}", before: "{before}") {{ nodes {{ id }} }} }}',
            )
            assert data["orders"]["nodes"] == []


async def test_a_cursor_belongs_to_tenant_question_and_order(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    arguments = 'where: {country: {in: ["DE", "FR"]}, quantity: {gte: 1}}'
    data = await ask(
        engine, acme, f"{{ orders(first: 1, {arguments}) {{ pageInfo {{ endCursor }} }} }}"
    )
    cursor = data["orders"]["pageInfo"]["endCursor"]
    counting.statements.clear()

    async def code(caller: Caller, field: str) -> str:
        return (await refused(engine, caller, f"{{ {field} {{ nodes {{ __typename }} }} }}"))[0]

    after = f'after: "{cursor}"'
    birch = Caller("birch", (), 3)
    assert await code(birch, f"orders({after}, {arguments})") == "CURSOR_INVALID"
    assert await code(Caller(None, (), 3), f"orders({after}, {arguments})") == "CURSOR_INVALID"
    assert await code(acme, f"orders({after})") == "CURSOR_MISMATCH"
    other = arguments.replace("FR", "GB")
    assert await code(acme, f"orders({after}, {other})") == "CURSOR_MISMATCH"
    ordered = f"orders({after}, {arguments}, orderBy: [{{by: COUNTRY}}])"
    assert await code(acme, ordered) == "CURSOR_MISMATCH"
    assert await code(acme, f"orderMetricsConnection({after}, {GROUND})") == "CURSOR_MISMATCH"
    assert counting.statements == []
    # The same conditions in another order are the same question.
    turned = 'where: {quantity: {gte: 1}, country: {in: ["FR", "DE"]}}'
    await ask(engine, acme, f"{{ orders({after}, {turned}) {{ nodes {{ id country }} }} }}")


async def test_an_identifier_in_a_filter_is_checked(engine: GraphQLEngine, acme: Caller) -> None:
    text = '{ orders(where: {customerId: {in: ["1", "one"]}}) { totalCount } }'
    assert (await refused(engine, acme, text))[0] == "INVALID_KEY"


# --- aggregates ----------------------------------------------------------------------------------


async def all_rows(engine: GraphQLEngine, caller: Caller, arguments: str) -> list[Any]:
    data = await ask(
        engine, caller, f"{{ orderMetrics({arguments}) {{ country channel revenue }} }}"
    )
    rows: list[Any] = data["orderMetrics"]
    return rows


async def pages(
    engine: GraphQLEngine, caller: Caller, arguments: str, *, backwards: bool = False
) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    edge = ""
    while True:
        way = f"last: 7 {edge}" if backwards else f"first: 7 {edge}"
        data = await ask(
            engine,
            caller,
            f"{{ c: orderMetricsConnection({way}, {arguments}) "
            f"{{ nodes {{ country channel revenue }} totalCount {INFO} }} }}",
        )
        page, info = data["c"]["nodes"], data["c"]["pageInfo"]
        rows = page + rows if backwards else rows + page
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            assert data["c"]["totalCount"] == len(rows)
            return rows
        edge = f'before: "{info["startCursor"]}"' if backwards else f'after: "{info["endCursor"]}"'


@pytest.mark.parametrize("backwards", [False, True])
async def test_later_pages_of_an_aggregate_take_no_statement(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller, backwards: bool
) -> None:
    expected = await all_rows(engine, acme, BY_REVENUE)
    assert len(expected) > 14
    counting.statements.clear()
    assert await pages(engine, acme, BY_REVENUE, backwards=backwards) == expected
    assert len(counting.statements) == 1


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("order", ["REVENUE", "COUNTRY", "CONVERSION_RATE"])
async def test_pages_that_are_not_kept_are_asked_anew(
    counting: CountingWarehouse,
    demo_service: Service,
    demo_model: Model,
    acme: Caller,
    order: str,
    backwards: bool,
) -> None:
    settings = Settings(kept_pages_bytes=0)
    service = Service(demo_service.catalog, counting)
    engine = engine_of(demo_model, service, settings)
    arguments = f"{GROUND}, orderBy: [{{by: {order}}}]"
    expected = await all_rows(engine, acme, arguments)
    assert await pages(engine, acme, arguments, backwards=backwards) == expected
    if (
        order == "COUNTRY" and not backwards
    ):  # a dimension: groups before the page are not aggregated
        later = [sql for sql in counting.statements if '"orders"."country" IS NULL' in sql]
        assert later


async def test_only_the_count_of_an_aggregate_reads_no_page(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    expected = len(await all_rows(engine, acme, GROUND))
    counting.statements.clear()
    data = await ask(engine, acme, f"{{ c: orderMetricsConnection({GROUND}) {{ totalCount }} }}")
    assert data["c"]["totalCount"] == expected
    (statement,) = counting.statements
    assert "COUNT(*)" in statement
    assert "TO_JSON" not in statement


async def test_without_grouping_there_is_one_row(engine: GraphQLEngine, acme: Caller) -> None:
    day = 'dateRange: {start: "2026-05-01", end: "2026-05-01"}'
    page = f"{{ nodes {{ orderCount }} totalCount {INFO} }}"
    data = await ask(engine, acme, f"{{ c: orderMetricsConnection({day}) {page} }}")
    assert len(data["c"]["nodes"]) == data["c"]["totalCount"] == 1
    end = data["c"]["pageInfo"]["endCursor"]
    data = await ask(engine, acme, f'{{ c: orderMetricsConnection({day}, after: "{end}") {page} }}')
    assert data["c"]["nodes"] == []


async def test_tenants_do_not_share_what_is_kept(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    birch = Caller("birch", (), 3)
    mine = await pages(engine, acme, BY_REVENUE)
    theirs = await pages(engine, birch, BY_REVENUE)
    assert mine != theirs
    assert mine == await all_rows(engine, acme, BY_REVENUE)
    assert theirs == await all_rows(engine, birch, BY_REVENUE)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{ orders(orderBy: [{by: CUSTOMER}]) { totalCount } }", "CUSTOMER_ID"),
        ("{ customer { name } }", "write customer(id: …); it is of type ID!"),
        ("{ orders(limit: 3) { totalCount } }", "write 'first' or 'last'"),
    ],
)
async def test_what_does_not_fit_the_schema_has_a_hint(
    engine: GraphQLEngine, acme: Caller, text: str, hint: str
) -> None:
    (error,) = (await engine.execute(text, acme))["errors"]
    assert hint in error["extensions"]["hint"]


async def test_a_cursor_of_an_aggregate_is_good_for_other_metrics_of_its_sources(
    engine: GraphQLEngine, acme: Caller
) -> None:
    def page(arguments: str, fields: str) -> str:
        return f"{{ c: orderMetricsConnection({arguments}) {{ nodes {{ {fields} }} {INFO} }} }}"

    data = await ask(engine, acme, page(f"first: 3, {GROUND}", "country channel revenue"))
    after = f'after: "{data["c"]["pageInfo"]["endCursor"]}"'
    arguments = f"first: 3, {after}, {GROUND}"
    same = await ask(engine, acme, page(arguments, "country channel revenue"))
    other = await ask(engine, acme, page(arguments, "country channel orderCount grossMargin"))
    for one, two in zip(same["c"]["nodes"], other["c"]["nodes"], strict=True):
        assert (one["country"], one["channel"]) == (two["country"], two["channel"])
    # Another source may have other groups, and dimensions in another sequence break ties so.
    turned = arguments.replace("[COUNTRY, CHANNEL]", "[CHANNEL, COUNTRY]")
    for text in (page(arguments, "country sessions"), page(turned, "country channel revenue")):
        assert (await refused(engine, acme, text))[0] == "CURSOR_MISMATCH"
