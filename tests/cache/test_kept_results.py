from __future__ import annotations

from array import array

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.cache.kept_results import KEPT_FOR_S, KeptResult, KeptResults
from analytics_gql.cache.reuse import Outcome, Reading
from analytics_gql.query.row_shape import PART


def text(number: int) -> str:
    return f'{{"n":{number}}}{PART}' + orjson.dumps([str(number), None]).decode()


def position(number: int) -> tuple[str | None, ...]:
    return (str(number), None)


READING = Reading(None, 0, Outcome.READ)
WHOLE = [text(number) for number in range(20)]


@given(st.data())
def test_a_page_is_the_slice_or_not_known(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 19))
    end = data.draw(st.integers(start, 20))
    if start > 0 and end < 20:
        start = 0  # a stretch touches one end at least
    kept = KeptResult(WHOLE[start:end], READING, from_start=start == 0, to_end=end == 20)
    after, before = (data.draw(st.one_of(st.none(), st.integers(0, 19))) for _ in range(2))
    rows, backwards = data.draw(st.integers(1, 25)), data.draw(st.booleans())
    low = 0 if after is None else after + 1
    high = 20 if before is None else before
    window = WHOLE[low : max(low, high)]
    expected = window[-rows:] if backwards else window[:rows]
    found = kept.page(
        None if after is None else position(after),
        None if before is None else position(before),
        rows,
        backwards=backwards,
    )
    if found is not None:
        assert found == (expected, len(window) > rows)
    if kept.is_whole:
        assert found is not None


def test_a_result_is_found_until_its_time_is_over() -> None:
    now = [0.0]
    kept = KeptResults(100_000, lambda: now[0])
    result = KeptResult(WHOLE, READING, True, True)
    kept.keep("a", result, "acme")
    now[0] = KEPT_FOR_S
    assert kept.find("a") is result
    now[0] = KEPT_FOR_S + 1
    assert kept.find("a") is None
    assert kept.find("b") is None


def test_bytes_are_bounded_and_the_least_used_goes_first() -> None:
    one = KeptResult(WHOLE, READING, True, True).size
    kept = KeptResults(one * 4)
    for name in "abcd":
        kept.keep(name, KeptResult(WHOLE, READING, True, True), "acme")
    assert kept.find("a") is not None
    kept.keep("e", KeptResult(WHOLE, READING, True, True), "acme")
    assert [name for name in "abcde" if kept.find(name)] == ["a", "c", "d", "e"]


@pytest.mark.parametrize("room", [0, 1_000])
def test_what_would_take_too_much_room_is_not_kept(room: int) -> None:
    kept = KeptResults(room)
    kept.keep("a", KeptResult(WHOLE, READING, True, True), "acme")
    assert kept.find("a") is None
    assert kept.has_room == (room > 0)


def test_keeping_again_takes_no_more_room() -> None:
    one = KeptResult(WHOLE, READING, True, True).size
    kept = KeptResults(one * 4)
    for _ in range(10):
        kept.keep("a", KeptResult(WHOLE, READING, True, True), "acme")
    kept.keep("b", KeptResult(WHOLE, READING, True, True), "acme")
    assert kept.find("a") is not None
    assert kept.find("b") is not None


def test_the_tenant_that_holds_most_gives_up_its_oldest() -> None:
    one = KeptResult(WHOLE, READING, True, True).size
    kept = KeptResults(one * 4)
    kept.keep("quiet", KeptResult(WHOLE, READING, True, True), "quiet")
    for number in range(50):
        kept.keep(number, KeptResult(WHOLE, READING, True, True), "busy")
    assert kept.find("quiet") is not None
    assert [number for number in range(50) if kept.find(number)] == [47, 48, 49]


def test_rows_of_one_hash_are_told_apart() -> None:
    result = KeptResult(WHOLE, READING, True, True)
    vars(result)["_hashes"] = array("q", [hash(position(7))] * len(WHOLE))
    assert result.page(position(7), None, 2, backwards=False) == (WHOLE[8:10], True)
    assert result.page(position(99), None, 2, backwards=False) is None
