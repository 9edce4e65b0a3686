"""The demo warehouse: the same everywhere, and a business one can believe in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics_gql.demo import warehouse
from analytics_gql.demo.tables import TABLES, Table
from analytics_gql.demo.warehouse import DEMO_TENANT, DEMO_VERSION, build_demo, ensure_demo
from analytics_gql.errors import SettingsError

# What version 3 holds: rows, and the sum of a digest of each row. Another number here needs
# another DEMO_VERSION, or files that exist already would go on being served.
CONTENT = {
    "organizations": (4, 749_411_092_358_165),
    "countries": (33, 4_512_708_897_955_600),
    "customers": (136_828, 19_257_470_007_621_740_213),
    "customer_segments": (172_227, 24_146_489_530_583_498_227),
    "products": (624, 89_594_840_892_258_318),
    "orders": (500_000, 70_364_262_772_700_411_043),
    "traffic": (385_574, 54_251_401_868_534_483_389),
    "ai_models": (5, 311_603_435_665_546),
    "workspaces": (9, 1_313_687_760_189_662),
    "usage_requests": (100_000, 14_104_262_244_864_242_568),
}


def open_demo(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(path)])
    connection.execute("USE demo.gold")
    return connection


def content_of(path: Path) -> dict[str, tuple[int, int]]:
    with open_demo(path) as connection:
        return {table.name: digest(connection, table) for table in TABLES}


def digest(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    columns = ", ".join(f"coalesce({name}::TEXT, '-')" for name in table.column_names)
    row = f"md5(concat_ws('|', {columns}))"
    count, total = connection.execute(
        f"SELECT count(*), sum(('0x' || substr({row}, 1, 12))::BIGINT) FROM {table.name}"
    ).fetchall()[0]
    return count, int(total)


class Gold:
    """Questions to the demo file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


@pytest.fixture(scope="module")
def gold(demo_path: Path) -> Iterator[Gold]:
    with open_demo(demo_path) as connection:
        yield Gold(connection)


def test_content_is_what_this_version_promises(demo_path: Path) -> None:
    assert DEMO_VERSION == 3
    assert content_of(demo_path) == CONTENT


def test_two_starts_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(ensure_demo, [folder, folder]))
    assert paths == [folder / "demo-3.duckdb"] * 2
    assert list(folder.iterdir()) == paths[:1]
    assert content_of(paths[0]) == CONTENT


def test_a_file_that_is_there_is_served_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "STATEMENTS", ())
    first = ensure_demo(tmp_path)
    before = first.stat()
    assert ensure_demo(tmp_path) == first
    assert first.stat().st_ino == before.st_ino


def test_a_build_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demo.duckdb"
    path.write_text("the old one")
    monkeypatch.setattr(warehouse, "STATEMENTS", ("SELECT no_such_column",))
    with pytest.raises(duckdb.BinderException):
        build_demo(path)
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written to") as caught:
        ensure_demo(tmp_path / "file" / "folder")
    assert str(tmp_path / "file" / "folder") in caught.value.message
    assert caught.value.hint


def test_four_organizations_of_unequal_size_over_two_years(gold: Gold) -> None:
    assert gold.rows(
        "SELECT org_id, count(*), min(ordered_at)::DATE::TEXT, max(ordered_at)::DATE::TEXT "
        "FROM orders GROUP BY org_id ORDER BY org_id"
    ) == [
        ("acme", 300_000, "2024-07-01", "2026-06-30"),
        ("birch", 105_000, "2024-07-01", "2026-06-30"),
        ("cobalt", 65_000, "2024-07-01", "2026-06-30"),
        ("dune", 30_000, "2024-07-01", "2026-06-30"),
    ]
    assert DEMO_TENANT == "acme"
    assert gold.rows("SELECT id FROM organizations EXCEPT SELECT org_id FROM traffic") == []


def test_keys_are_primary_keys(gold: Gold) -> None:
    assert gold.rows(
        "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
        "WHERE constraint_type = 'PRIMARY KEY' AND database_name = 'demo' ORDER BY table_name"
    ) == [
        ("ai_models", ["id"]),
        ("countries", ["code"]),
        ("customer_segments", ["org_id", "customer_id", "valid_from", "available_at"]),
        ("customers", ["org_id", "id"]),
        ("orders", ["org_id", "id"]),
        ("organizations", ["id"]),
        ("products", ["org_id", "id"]),
        ("usage_requests", ["org_id", "id"]),
        ("workspaces", ["org_id", "id"]),
    ]


def test_what_pages_are_ordered_by_has_a_value_in_every_row(gold: Gold) -> None:
    assert gold.rows(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'demo' AND NOT is_nullable AND column_name NOT IN "
        "  (SELECT unnest(constraint_column_names) FROM duckdb_constraints() "
        "   WHERE database_name = 'demo' AND constraint_type = 'PRIMARY KEY') ORDER BY ALL"
    ) == [("orders", "ordered_at"), ("usage_requests", "requested_at")]


def test_orders_are_stored_by_tenant_and_time(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM orders AS later JOIN orders AS earlier "
            "ON later.rowid = earlier.rowid + 1 "
            "WHERE (later.org_id, later.ordered_at) < (earlier.org_id, earlier.ordered_at)"
        )
        == 0
    )


@pytest.mark.parametrize("table", ["customers", "products"])
def test_ids_overlap_between_organizations_and_mean_something_else(gold: Gold, table: str) -> None:
    attribute = {"customers": "country", "products": "unit_price"}[table]
    shared, different = gold.rows(
        f"SELECT count(*), count(*) FILTER (WHERE mine.{attribute} <> theirs.{attribute}) "
        f"FROM {table} AS mine JOIN {table} AS theirs USING (id) "
        f"WHERE mine.org_id = 'acme' AND theirs.org_id = 'birch'"
    )[0]
    assert shared == gold.value(f"SELECT count(*) FROM {table} WHERE org_id = 'birch'")
    assert different > 0.5 * shared


def test_every_order_has_a_customer_and_a_product_of_its_own_organization(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM orders "
            "JOIN customers ON customers.org_id = orders.org_id AND customers.id = customer_id "
            "JOIN products ON products.org_id = orders.org_id AND products.id = product_id"
        )
        == 500_000
    )


def test_a_customer_has_exactly_one_first_order_and_it_is_the_earliest(gold: Gold) -> None:
    assert (
        gold.rows(
            "SELECT org_id, customer_id FROM orders GROUP BY ALL "
            "HAVING count(*) FILTER (WHERE is_first_order) <> 1 "
            "OR arg_min(is_first_order, (ordered_at, id)) IS NOT TRUE"
        )
        == []
    )


def test_customers_signed_up_before_their_first_order_and_some_never_ordered(gold: Gold) -> None:
    early, never, everybody = gold.rows(
        "SELECT count(*) FILTER (WHERE signed_up_at < first_at),"
        "  count(*) FILTER (WHERE first_at IS NULL), count(*) "
        "FROM customers LEFT JOIN ("
        "  SELECT org_id, customer_id AS id, min(ordered_at) AS first_at FROM orders GROUP BY ALL"
        ") USING (org_id, id)"
    )[0]
    assert early + never == everybody
    assert 0.05 < never / everybody < 0.15


def test_net_is_gross_less_discount_and_refund(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM orders "
            "WHERE net_amount <> gross_amount - discount_amount - refund_amount "
            "OR least(net_amount, discount_amount, refund_amount) < 0 "
            "OR least(gross_amount, cost) <= 0"
        )
        == 0
    )


def test_gross_is_the_product_s_price_times_quantity(gold: Gold) -> None:
    assert (
        gold.value(
            "SELECT count(*) FROM orders JOIN products "
            "ON products.org_id = orders.org_id AND products.id = product_id "
            "WHERE gross_amount <> unit_price * quantity"
        )
        == 0
    )


def test_rows_are_loaded_after_they_happened_and_none_after_the_last_night(gold: Gold) -> None:
    for table, happened in (
        ("orders", "ordered_at"),
        ("traffic", "day"),
        ("usage_requests", "requested_at"),
    ):
        late, last = gold.rows(
            f"SELECT count(*) FILTER (WHERE loaded_at <= {happened}), max(loaded_at)::DATE::TEXT "
            f"FROM {table}"
        )[0]
        assert (late, last) == (0, "2026-07-01")


@pytest.mark.parametrize(
    ("organization", "lowest", "highest"),
    [("acme", 1.2, 1.6), ("birch", 1.3, 1.8), ("cobalt", 1.0, 1.4), ("dune", 0.7, 1.0)],
)
def test_shops_grow_from_year_to_year_but_one(
    gold: Gold, organization: str, lowest: float, highest: float
) -> None:
    growth = gold.value(
        "SELECT count(*) FILTER (WHERE ordered_at >= '2025-07-01')"
        "  / count(*) FILTER (WHERE ordered_at < '2025-07-01') "
        f"FROM orders WHERE org_id = '{organization}'"
    )
    assert lowest < growth < highest


def test_the_year_the_week_and_the_day_have_their_seasons(gold: Gold) -> None:
    month = dict(gold.rows("SELECT month(ordered_at), count(*) FROM orders GROUP BY 1"))
    assert month[11] > 1.3 * month[2]
    assert month[12] > 1.3 * month[8]
    weekday = dict(gold.rows("SELECT isodow(ordered_at), count(*) FROM orders GROUP BY 1"))
    assert weekday[1] > 1.15 * weekday[6]
    hour = dict(
        gold.rows("SELECT hour(ordered_at), count(*) FROM orders WHERE org_id = 'birch' GROUP BY 1")
    )
    assert hour[20] > 5 * hour[3]
    best_days = gold.rows(
        "SELECT ordered_at::DATE::TEXT FROM orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 2"
    )
    assert {day for (day,) in best_days} == {"2025-11-28", "2025-12-01"}


def test_few_customers_order_much(gold: Gold) -> None:
    top_tenth = gold.value(
        "WITH ranked AS ("
        "  SELECT count(*) AS orders, percent_rank() OVER (ORDER BY count(*) DESC) AS place"
        "  FROM orders WHERE org_id = 'acme' GROUP BY customer_id"
        ") SELECT sum(orders) FILTER (WHERE place < 0.1) / sum(orders) FROM ranked"
    )
    assert 0.3 < top_tenth < 0.6


def test_dimensions_have_the_values_and_the_gaps_of_life(gold: Gold) -> None:
    assert gold.rows(
        "SELECT count(DISTINCT country), count(DISTINCT payment_method),"
        "  count(DISTINCT channel), count(DISTINCT device_type) FROM orders"
    ) == [(12, 5, 6, 3)]
    no_country, no_payment = gold.rows(
        "SELECT avg((country IS NULL)::INTEGER), avg((payment_method IS NULL)::INTEGER) FROM orders"
    )[0]
    assert 0.008 < no_country < 0.012
    assert 0 < no_payment < 0.01
    mobile = dict(
        gold.rows(
            "SELECT channel, avg((device_type = 'mobile')::INTEGER) FROM orders GROUP BY channel"
        )
    )
    assert mobile["paid_social"] > 1.5 * mobile["organic"]


def test_margins_of_categories_are_between_30_and_60_percent(gold: Gold) -> None:
    margins = dict(
        gold.rows(
            "SELECT category, 1 - sum(cost) / sum(net_amount) FROM orders JOIN products "
            "ON products.org_id = orders.org_id AND products.id = product_id GROUP BY category"
        )
    )
    assert len(margins) == 8
    assert all(0.3 < margin < 0.6 for margin in margins.values()), margins


def test_conversion_of_channels_is_between_1_and_5_percent(gold: Gold) -> None:
    conversions = dict(
        gold.rows(
            "WITH ordered AS (SELECT channel, count(*) AS orders FROM orders GROUP BY channel) "
            "SELECT channel, any_value(orders) / sum(sessions) "
            "FROM traffic JOIN ordered USING (channel) GROUP BY channel"
        )
    )
    assert len(conversions) == 6
    assert all(0.01 < conversion < 0.05 for conversion in conversions.values()), conversions


def test_channels_that_show_nothing_have_no_impressions_and_no_clicks(gold: Gold) -> None:
    assert gold.rows(
        "SELECT channel, max(clicks) = 0 AND max(impressions) = 0,"
        "  min(impressions - clicks) > 0 AND min(clicks - sessions) >= 0 "
        "FROM traffic GROUP BY channel ORDER BY channel"
    ) == [
        ("direct", True, False),
        ("email", False, True),
        ("organic", True, False),
        ("paid_search", False, True),
        ("paid_social", False, True),
        ("referral", True, False),
    ]


def test_traffic_has_one_row_a_cell_a_share_without_country_and_now_and_then_a_gap(
    gold: Gold,
) -> None:
    rows, cells, without_country = gold.rows(
        "SELECT count(*), count(DISTINCT (org_id, day, country, channel, device)),"
        "  sum(sessions) FILTER (WHERE country IS NULL) / sum(sessions) FROM traffic"
    )[0]
    assert rows == cells
    assert 0.01 < without_country < 0.05
    days = gold.value(
        "SELECT count(*) FROM traffic WHERE org_id = 'acme' AND country = 'US' "
        "AND channel = 'organic' AND device = 'mobile'"
    )
    assert 720 <= days < 730
