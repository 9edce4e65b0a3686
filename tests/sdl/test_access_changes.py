"""`schema diff`: who may see less breaks, who may see more is told."""

from __future__ import annotations

from datetime import date

import pytest

from analytics_gql.sdl.diff import schema_changes, version_of
from tests.sdl.guarded import GUARDED
from tests.sdl.models import schema_file

OLD = version_of((schema_file(GUARDED),))


def changes(old: str, new: str) -> list[str]:
    """What `schema diff` says where one text of the model takes the place of another."""
    assert GUARDED.count(old) == 1
    version = version_of((schema_file(GUARDED.replace(old, new)),))
    found = schema_changes(OLD, version, date(2027, 1, 31))
    return [f"{change.level.value} {change.kind}: {change.message}" for change in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "revenue: Decimal",
            'revenue: Decimal @access(roles: ["finance", "board"])',
            [
                "breaking ACCESS_NARROWED: ShopMetrics.revenue is for board or finance, and was "
                "for everybody",
            ],
            id="what was for everybody",
        ),
        pytest.param(
            'purchaseCost: Decimal @access(roles: ["finance", "board"])',
            'purchaseCost: Decimal @access(roles: ["finance", "board", "sales"])',
            [
                "additive ACCESS_WIDENED: ShopMetrics.purchaseCost is for board or finance or "
                "sales, and was for board or finance",
                "additive ACCESS_WIDENED: ShopMetrics.marginRate is for board or finance or "
                "sales, and was for board or finance",
            ],
            id="what others rest on",
        ),
        pytest.param(
            'type Wages @access(roles: ["hr"])',
            'type Wages @access(roles: ["board"])',
            [
                "breaking ACCESS_NARROWED: Wages is for board, and was for hr",
                "breaking ACCESS_NARROWED: Query.wages is for board, and was for hr",
            ],
            id="a type",
        ),
        pytest.param(
            'people: PersonConnection @access(roles: ["hr"])',
            "people: PersonConnection",
            ["additive ACCESS_WIDENED: Query.people is for crm or hr, and was for hr"],
            id="a root field",
        ),
    ],
)
def test_who_may_see_what_is_compared(old: str, new: str, expected: list[str]) -> None:
    assert changes(old, new) == expected


def test_what_is_gone_or_new_has_no_change_of_access() -> None:
    bonus = 'bonus: Float @access(roles: ["board"]) @metric(sql: "marginRate * 2")'
    for found in (changes(bonus, ""), changes(bonus, bonus.replace("bonus", "premium"))):
        assert found
        assert not [text for text in found if "ACCESS" in text]


def test_a_model_is_no_change_to_itself() -> None:
    assert changes("revenue: Decimal", "revenue:  Decimal") == []
