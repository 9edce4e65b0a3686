from __future__ import annotations

import pytest

from analytics_gql.doors.media_types import (
    ARROW,
    CSV,
    JSON,
    NDJSON,
    PARQUET,
    RESPONSE_JSON,
    negotiate,
)
from analytics_gql.errors import NotAcceptableError


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON}", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON}", JSON),
        (f"{JSON};q=0.5, {RESPONSE_JSON};q=0.9", RESPONSE_JSON),
        (f"{JSON};q=0.9, {RESPONSE_JSON};q=0.5", JSON),
        (f"{RESPONSE_JSON}, */*;q=0.1", RESPONSE_JSON),
        (f"*/*, {JSON};q=0", RESPONSE_JSON),
        (f"text/html, application/xhtml+xml, */*;q=0.8, {RESPONSE_JSON};q=0.7", JSON),
        ("Application/JSON; charset=UTF-8", JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=latin1, {JSON}", JSON),
        (f"nonsense, ;;;, {RESPONSE_JSON};q=x, {JSON}", JSON),
        (f"{JSON};q=7", JSON),
        (CSV, CSV),
        ("text/*", CSV),
        (f"{CSV}; charset=utf-8; header=present", CSV),
        (f"{CSV}, */*;q=0.1", CSV),
        (f"{CSV};q=0.5, {JSON}", JSON),
        (f"{NDJSON};q=0.9, {CSV};q=0.8, {JSON};q=0.7", NDJSON),
        (f"{PARQUET}, {ARROW}", PARQUET),
        (f"{ARROW};q=0.2, {PARQUET};q=0, {CSV};q=0.1", ARROW),
        (f"*/*, {JSON};q=0, {RESPONSE_JSON};q=0", CSV),
    ],
)
def test_the_weightiest_type_is_chosen(accept: str | None, chosen: str) -> None:
    assert negotiate(accept) == chosen


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "image/*",
        f"{CSV}; charset=latin1",
        f"{PARQUET};q=0",
        f"{JSON};q=0",
        "nonsense",
        f"{JSON}; charset=utf-16",
    ],
)
def test_what_is_not_to_be_had_is_told(accept: str) -> None:
    with pytest.raises(NotAcceptableError) as caught:
        negotiate(accept)
    assert caught.value.hint
