"""The history of the customers' segments: whole, known late, sometimes wrong, right in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

Rows = list[tuple[Any, ...]]

# A row a period: with its corrections merged into it, and the next period beside it. Only what
# both engines read alike.
PERIODS = """
WITH periods AS (
    SELECT
        org_id, customer_id, valid_from,
        min(available_at) AS first_known_at,
        max(available_at) AS last_known_at,
        count(*) AS tellings,
        count(DISTINCT segment) AS segments,
        row_number() OVER (PARTITION BY org_id, customer_id ORDER BY valid_from) - 1 AS number,
        lead(min(available_at)) OVER (PARTITION BY org_id, customer_id ORDER BY valid_from)
            AS next_known_at
    FROM gold.customer_segments
    GROUP BY org_id, customer_id, valid_from
)
"""


def ask_duckdb(path: Path, sql: str) -> Rows:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ? AS demo (READ_ONLY)", [str(path)])
        connection.execute("USE demo")
        return connection.execute(sql).fetchall()


async def ask_postgres(url: str, sql: str) -> Rows:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


class Gold:
    """Questions whose answer has to be the same on both engines."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url

    async def rows(self, sql: str) -> Rows:
        ours = ask_duckdb(self._path, sql)
        assert await ask_postgres(self._url, sql) == ours
        return ours

    async def row(self, sql: str) -> tuple[Any, ...]:
        (row,) = await self.rows(sql)
        return row


@pytest.fixture
def gold(demo_path: Path, demo_postgres_url: str) -> Gold:
    return Gold(demo_path, demo_postgres_url)


async def test_every_customer_has_a_segment_from_sign_up_on(gold: Gold) -> None:
    assert await gold.row(
        "SELECT count(*), count(CASE WHEN signed_up_at = first_from THEN 1 END) "
        "FROM gold.customers FULL JOIN ("
        "    SELECT org_id, customer_id, min(valid_from) AS first_from "
        "    FROM gold.customer_segments GROUP BY org_id, customer_id"
        ") AS histories ON histories.org_id = customers.org_id AND customer_id = customers.id"
    ) == (136_828, 136_828)


async def test_the_newest_row_is_the_customer_s_segment(gold: Gold) -> None:
    newest_first = "PARTITION BY org_id, customer_id ORDER BY valid_from DESC, available_at DESC"
    assert await gold.row(
        "SELECT count(*), count(CASE WHEN customers.segment = newest.segment THEN 1 END) "
        "FROM gold.customers JOIN ("
        f"    SELECT *, row_number() OVER ({newest_first}) AS age FROM gold.customer_segments"
        ") AS newest ON newest.org_id = customers.org_id AND customer_id = customers.id AND age = 1"
    ) == (136_828, 136_828)


async def test_one_customer_in_six_changes_one_to_three_times(gold: Gold) -> None:
    customers: dict[int, int] = dict(
        await gold.rows(
            f"{PERIODS}, counted AS ("
            "    SELECT max(number) AS changes FROM periods GROUP BY org_id, customer_id"
            ") SELECT changes, count(*) FROM counted GROUP BY changes ORDER BY changes"
        )
    )
    assert list(customers) == [0, 1, 2, 3]
    assert customers[1] > customers[2] > customers[3] > 1_000
    assert 1 / 7 < 1 - customers[0] / 136_828 < 1 / 5


async def test_a_change_is_one_step_up_or_down(gold: Gold) -> None:
    changes = await gold.rows(
        "WITH truth AS ("
        "    SELECT *, row_number() OVER ("
        "        PARTITION BY org_id, customer_id, valid_from ORDER BY available_at DESC"
        "    ) AS age FROM gold.customer_segments"
        "), stepped AS ("
        "    SELECT segment AS after, lag(segment) OVER ("
        "        PARTITION BY org_id, customer_id ORDER BY valid_from"
        "    ) AS before FROM truth WHERE age = 1"
        ") SELECT before, after, count(*) FROM stepped WHERE before IS NOT NULL "
        "GROUP BY before, after ORDER BY before, after"
    )
    assert {(before, after) for before, after, _ in changes} == {
        ("consumer", "small_business"),
        ("enterprise", "small_business"),
        ("small_business", "consumer"),
        ("small_business", "enterprise"),
    }
    assert all(count > 1_000 for _, _, count in changes)


async def test_a_row_is_known_after_it_became_valid_and_before_the_last_night(gold: Gold) -> None:
    early, last, latest_sign_up_wait = await gold.row(
        "SELECT count(CASE WHEN available_at <= valid_from THEN 1 END),"
        "    CAST(max(available_at) AS TEXT),"
        "    CAST(max(CASE WHEN valid_from = signed_up_at THEN available_at - valid_from END)"
        "        < INTERVAL '6 hours' AS BOOLEAN) "
        "FROM gold.customer_segments JOIN gold.customers "
        "ON customers.org_id = customer_segments.org_id AND customers.id = customer_id"
    )
    assert (early, last, latest_sign_up_wait) == (0, "2026-07-01 00:00:00", True)


async def test_one_change_in_twelve_is_known_late_and_some_after_the_next(gold: Gold) -> None:
    changes, late, overtaken = await gold.row(
        f"{PERIODS} SELECT count(*),"
        "    count(CASE WHEN first_known_at - valid_from > INTERVAL '1 day' THEN 1 END),"
        "    count(CASE WHEN first_known_at > next_known_at THEN 1 END) "
        "FROM periods WHERE number > 0"
    )
    assert 1 / 14 < late / changes < 1 / 10
    assert 20 < overtaken < late / 4
    assert (
        await gold.row(
            f"{PERIODS} SELECT count(*) FROM periods "
            "WHERE first_known_at - valid_from > INTERVAL '46 days'"
        )
    ) == (0,)


async def test_a_few_changes_are_corrected_once_to_another_segment(gold: Gold) -> None:
    changes, corrected, told_twice, differing, sign_ups = await gold.row(
        f"{PERIODS} SELECT count(CASE WHEN number > 0 THEN 1 END),"
        "    count(CASE WHEN tellings > 1 THEN 1 END),"
        "    count(CASE WHEN tellings = 2 AND last_known_at > first_known_at THEN 1 END),"
        "    count(CASE WHEN segments = 2 THEN 1 END),"
        "    count(CASE WHEN number = 0 AND tellings > 1 THEN 1 END) FROM periods"
    )
    assert corrected == told_twice == differing
    assert sign_ups == 0
    assert 0.02 < corrected / changes < 0.06


async def test_customers_of_several_organizations_have_histories_of_their_own(gold: Gold) -> None:
    shared, different = await gold.row(
        "SELECT count(*), count(CASE WHEN mine.valid_from <> theirs.valid_from THEN 1 END) "
        "FROM gold.customer_segments AS mine JOIN gold.customer_segments AS theirs "
        "ON theirs.customer_id = mine.customer_id "
        "WHERE mine.org_id = 'acme' AND theirs.org_id = 'birch'"
    )
    assert different > 0.99 * shared > 10_000
