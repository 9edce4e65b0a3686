"""The catalog of a caller is that of a model in which what is hidden was never written."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from analytics_gql.gql.catalog_tree import catalog_tree
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.hidden import hidden_from
from tests.sdl.guarded import ROLES, guarded_catalog, names_in, written_without

EVERY_SET_OF_ROLES = [
    roles for number in range(len(ROLES) + 1) for roles in itertools.combinations(ROLES, number)
]


def without_labels(part: Any) -> Any:
    """The label of `personId` is made of words, of which one may be a type's name."""
    if isinstance(part, dict):
        return {key: without_labels(value) for key, value in part.items() if key != "label"}
    return [without_labels(item) for item in part] if isinstance(part, list) else part


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=lambda roles: "+".join(roles) or "none")
def test_what_is_hidden_might_as_well_never_have_been_written(roles: tuple[str, ...]) -> None:
    catalog = guarded_catalog()
    hidden = hidden_from(catalog, roles)
    written = written_without(hidden)
    told = catalog_tree(catalog, "Query", hidden)
    assert told == catalog_tree(check_model(written), "Query", frozenset())


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=lambda roles: "+".join(roles) or "none")
def test_no_hidden_name_stands_anywhere(roles: tuple[str, ...]) -> None:
    catalog = guarded_catalog()
    hidden = hidden_from(catalog, roles)
    own = names_in(written_without(hidden))
    names = {
        name for coordinate in hidden for name in re.findall(r"\w+", coordinate) if name not in own
    }
    told = json.dumps(without_labels(catalog_tree(catalog, "Query", hidden)))
    assert names.isdisjoint(re.findall(r"\w+", told))


def test_a_hidden_metric_is_in_no_combination_and_a_hidden_dimension_in_no_hint() -> None:
    catalog = guarded_catalog()
    tree = catalog_tree(catalog, "Query", hidden_from(catalog, ()))
    (shop,) = tree["datasets"]
    assert [(item["name"], item["metrics"]) for item in shop["metrics"]] == [
        ("revenue", ["visitCount"]),
        ("visitCount", ["revenue"]),
    ]
    whole = catalog_tree(catalog, "Query", frozenset())["datasets"][0]
    visits = whole["metrics"][-1]
    assert visits["excluded"] == [
        {
            "__typename": "CatalogExclusion",
            "name": "buyerId",
            "reason": "the metric 'visitCount' comes from 'visits', which has no dimension "
            "'buyerId'",
            "hint": "'visits' can be grouped and filtered by country, region; or leave the metric "
            "out",
        }
    ]
