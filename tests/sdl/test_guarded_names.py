"""What is said of a field must not name to its readers what is hidden from them."""

from __future__ import annotations

import pytest

from tests.sdl.guarded import FILES, GUARDED
from tests.sdl.models import check_faults

MARGIN = "names marginRate, which is for board or finance, and is read by everybody"
HINT = "say it without the name, or put @access on what is described as well"


def told(old: str, new: str, text: str = GUARDED) -> list[str]:
    """What is held against the guarded model with one text in place of another."""
    assert old in text
    return [fault.partition(": ")[2] for fault in check_faults(text.replace(old, new, 1))]


@pytest.mark.parametrize(
    "description",
    ["Before `marginRate` is taken.", "See marginRate.", "MARGIN_RATE is a part of it."],
)
def test_a_description_that_names_what_not_all_readers_see_is_a_fault(description: str) -> None:
    (fault,) = told("  revenue:", f'  "{description}"\n  revenue:')
    assert fault.startswith("what is said of ShopMetrics.revenue names ")
    assert fault.endswith(f", which is for board or finance, and is read by everybody – {HINT}")


def test_a_reason_of_a_deprecation_is_read_as_well() -> None:
    reason = 'revenue: Decimal @deprecated(reason: "ask marginRate")'
    (fault,) = told("revenue: Decimal", reason)
    assert fault == f"what is said of ShopMetrics.revenue {MARGIN} – {HINT}"


def test_types_arguments_and_derived_members_are_looked_at() -> None:
    assert told("type Sale ", '"No `Wages`."\ntype Sale ') == [
        f"what is said of Sale names Wages, which is for hr, and is read by everybody – {HINT}"
    ]
    text = FILES[0].text
    for old, coordinate in (
        ("  REVENUE\n", "ShopMetricsOrderField.REVENUE"),
        ("  revenue: DecimalFilter", "ShopMetricsFilter.revenue"),
    ):
        assert told(old, f'  "Not `marginRate`."\n{old}', text) == [
            f"what is said of {coordinate} {MARGIN} – {HINT}"
        ]


def test_those_who_see_both_may_be_told() -> None:
    for old in ("purchaseCost:", "bonus:", "marginRate:"):
        assert told(f"  {old}", f'  "As in `marginRate`, or REGION."\n  {old}') == []
    assert told("  paid:", '  "Not `salary`: both are for hr."\n  paid:') == []


def test_a_name_that_readers_see_elsewhere_is_no_secret() -> None:
    assert told("  revenue:", '  "Of `person`, `id`, `net` and `soldOn`."\n  revenue:') == [
        "what is said of ShopMetrics.revenue names person, which is for crm or hr, and is read by "
        f"everybody – {HINT}",
        "what is said of ShopMetrics.revenue names soldOn, which is for finance, and is read by "
        f"everybody – {HINT}",
    ]


def test_words_are_no_names() -> None:
    text = "What the board pays, wages and a person's salary not counted; Wages are paid."
    assert told("  revenue:", f'  "{text}"\n  revenue:') == []
