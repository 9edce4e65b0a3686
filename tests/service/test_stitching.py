"""Rows with places for entities become whole rows; fields of one operation look up together."""

from __future__ import annotations

import asyncio

import pytest

from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.query.row_shape import LINK, Link, LinkMember, RowSelection
from analytics_gql.service.stitching import Level, Meeting, complete

COUNTRY = RowSelection(())
CUSTOMER = RowSelection((LinkMember("country", ("country",)),), (Link("Country", None, COUNTRY),))


class Entities:
    """A loader of rows that are written down, with a list of what it was asked."""

    def __init__(self, rows: dict[str, dict[str, str]]) -> None:
        self.rows = rows
        self.asked: list[EntityQuery] = []

    async def load(self, query: EntityQuery) -> dict[str, str]:
        self.asked.append(query)
        await asyncio.sleep(0)
        return self.rows[query.entity]


def place(key: str) -> str:
    return f"{LINK}{key}{LINK}"


async def test_links_are_followed_level_by_level() -> None:
    entities = Entities(
        {
            "Customer": {
                '"1"': f'{{"id":1,"country":{place(chr(34) + "DE" + chr(34))}}}',
                '"2"': f'{{"id":2,"country":{place("null")}}}',
            },
            "Country": {'"DE"': '{"name":"Germany"}'},
        }
    )
    rows = [f'{{"c":{place(key)},"n":0}}' for key in ('"1"', '"2"', '"3"', "null", '"1"')]
    meeting = Meeting()
    meeting.come()
    levels = (Level(rows, RowSelection((), (Link("Customer", None, CUSTOMER),))),)
    (texts,) = await complete(levels, entities, meeting)  # type: ignore[arg-type]
    germany = '{"c":{"id":1,"country":{"name":"Germany"}},"n":0}'
    assert list(texts) == [
        germany,
        '{"c":{"id":2,"country":null},"n":0}',
        '{"c":null,"n":0}',
        '{"c":null,"n":0}',
        germany,
    ]
    assert [(query.entity, query.keys) for query in entities.asked] == [
        ("Customer", ('"1"', '"2"', '"3"')),
        ("Country", ('"DE"',)),
    ]


async def test_keys_are_compared_in_one_spelling() -> None:
    entities = Entities({"Customer": {r'"a\u001f"': '{"id":1}'}})
    rows = [f"{{{place(key)}}}" for key in (r'"a\u001F"', r'"a\u001f"')]
    levels = (Level(rows, RowSelection((), (Link("Customer", None, COUNTRY),))),)
    meeting = Meeting()
    meeting.come()
    (texts,) = await complete(levels, entities, meeting)  # type: ignore[arg-type]
    assert list(texts) == ['{{"id":1}}'] * 2
    assert entities.asked[0].keys == (r'"a\u001f"',)


async def test_without_keys_nothing_is_asked() -> None:
    entities = Entities({})
    levels = (
        Level([], RowSelection((), (Link("Customer", None, CUSTOMER),))),
        Level([f"[{place('null')}]"], RowSelection((), (Link("Customer", None, CUSTOMER),))),
        Level(["{}"], RowSelection(())),
    )
    meeting = Meeting()
    meeting.come()
    texts = await complete(levels, entities, meeting)  # type: ignore[arg-type]
    assert [list(rows) for rows in texts] == [[], ["[null]"], ["{}"]]
    assert entities.asked == []


async def test_all_who_are_present_meet_before_a_level() -> None:
    meeting = Meeting()
    order: list[str] = []

    async def field(name: str, delay: int, levels: int) -> None:
        try:
            for level in range(levels):
                for _ in range(delay):
                    await asyncio.sleep(0)
                await meeting.wait()
                order.append(f"{level}{name}")
        finally:
            meeting.leave()

    for _ in range(3):
        meeting.come()
    await asyncio.gather(field("a", 1, 3), field("b", 9, 2), field("c", 4, 1))
    assert [item[0] for item in order] == sorted(item[0] for item in order)
    assert len(order) == 6


@pytest.mark.parametrize("leaves_by", ["error", "cancel"])
async def test_nobody_waits_for_one_who_has_left(leaves_by: str) -> None:
    meeting = Meeting()
    meeting.come()
    meeting.come()

    async def waits() -> str:
        try:
            await meeting.wait()
            return "opened"
        finally:
            meeting.leave()

    async def leaves() -> None:
        try:
            if leaves_by == "cancel":
                await asyncio.sleep(60)
            raise RuntimeError
        finally:
            meeting.leave()

    waiting = asyncio.ensure_future(waits())
    leaving = asyncio.ensure_future(leaves())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await waiting == "opened"


async def test_one_who_is_cancelled_while_waiting_holds_up_nobody() -> None:
    meeting = Meeting()
    for _ in range(3):
        meeting.come()

    async def waits() -> None:
        try:
            await meeting.wait()
        finally:
            meeting.leave()

    first = asyncio.ensure_future(waits())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with asyncio.timeout(5):
        await asyncio.gather(waits(), waits())
