from __future__ import annotations

import pytest

from analytics_gql.model.caching import CacheHint, CacheScope
from tests.sdl.models import catalog_of, read_faults

MODEL = """\
type Sales @dataset(table: "sales") @cacheControl(maxAge: 300) {{
  total: Decimal @metric(sql: "sum(amount)") @cacheControl({hint})
}}
type Query {{ sales: [Sales!] @cacheControl(staleWhileRevalidate: 5) }}
"""


def test_hints_are_read_of_types_and_fields() -> None:
    hints = catalog_of(MODEL.format(hint="maxAge: 0, scope: PRIVATE")).cache_hints
    assert hints.of_types == {"Sales": CacheHint(300, None, None)}
    assert hints.of_fields == {
        ("Sales", "total"): CacheHint(0, None, CacheScope.PRIVATE),
        ("Query", "sales"): CacheHint(None, 5, None),
    }


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        ("maxAge: -1", "@cacheControl: maxAge is -1 – write seconds from 0 to 31536000"),
        ("staleWhileRevalidate: 31536001", "@cacheControl: staleWhileRevalidate is 31536001"),
        ('maxAge: "5"', "cannot be the value of 'maxAge'"),
        ("scope: SHARED", "cannot be the value of 'scope'"),
        ("age: 5", "unknown argument 'age'"),
    ],
)
def test_a_hint_that_cannot_be_is_told(hint: str, told: str) -> None:
    faults = read_faults(MODEL.format(hint=hint))
    assert any(told in fault for fault in faults), faults
