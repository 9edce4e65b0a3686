from __future__ import annotations

import re

import pytest

from analytics_gql.doors.etag import entity_tag, is_match

TAG = entity_tag(b"question", "v1", "gzip")


def test_a_tag_is_weak_and_of_question_version_and_encoding() -> None:
    assert re.fullmatch(r'W/"[\w-]{20}"', TAG)
    assert entity_tag(b"question", "v1", "gzip") == TAG
    others = {
        entity_tag(b"question", "v2", "gzip"),
        entity_tag(b"another", "v1", "gzip"),
        entity_tag(b"question", "v1", "br"),
        entity_tag(b"questionv", "1", "gzip"),
    }
    assert len({TAG, *others}) == 5


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (TAG, True),
        (TAG.removeprefix("W/"), True),
        (f'"other", {TAG}', True),
        (f'W/"other",{TAG} ', True),
        ("*", True),
        ('"other"', False),
        ("", False),
        (TAG.strip('W/"'), False),
    ],
)
def test_tags_are_compared_weakly(header: str, expected: bool) -> None:
    assert is_match(header, TAG) is expected
