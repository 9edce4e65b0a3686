"""`schema sync` of the catalog: a model has it where a field of its query type returns it."""

from __future__ import annotations

from datetime import date

import pytest
from graphql import build_schema, parse, validate_schema

from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.sdl.catalog_types import CATALOG_TYPE_NAMES, CATALOG_TYPES
from analytics_gql.sdl.changes import Level
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.diff import schema_changes, version_of
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.sync import plan_sync
from tests.sdl.models import check_faults, dataset_sdl, schema_file, synced

PLAIN = dataset_sdl()
WITH_CATALOG = PLAIN.replace("sales: [Sales!]", "sales: [Sales!]\n  catalog: Catalog")


def test_one_line_of_the_query_type_brings_all_its_types() -> None:
    (file,) = synced(WITH_CATALOG)
    assert CATALOG_TYPES.split("\n\n")[0] in file.text
    names = {node.name.value for node in parse(file.text).definitions if hasattr(node, "name")}
    assert names >= CATALOG_TYPE_NAMES
    assert names >= {"Date", "DateTime", "BigInt", "Granularity", "Format"}
    catalog = check_model((file,))
    assert catalog.root_fields[-1] == RootField("catalog", Verb.CATALOG, "Catalog")
    assert validate_schema(build_schema(public_sdl((file,)))) == []


def test_what_was_written_is_left_alone() -> None:
    files = synced(WITH_CATALOG)
    assert plan_sync(files).edits == ()
    assert plan_sync(files).faults == ()


def test_a_model_without_that_line_has_none_of_them() -> None:
    (file,) = synced(PLAIN)
    assert "Catalog" not in file.text


def test_a_member_that_a_later_version_adds_is_written() -> None:
    (file,) = synced(WITH_CATALOG)
    older = file.text.replace("  additivity: CatalogAdditivity!\n", "")
    assert older != file.text
    edits = plan_sync((schema_file(older),)).edits
    assert [edit.reason for edit in edits] == ["type CatalogMetric lacks the field `additivity`"]


def test_it_may_go_by_another_name_and_be_for_some_roles() -> None:
    text = PLAIN.replace(
        "sales: [Sales!]", 'sales: [Sales!]\n  model: Catalog @access(roles: ["staff"])'
    )
    (file,) = synced(text)
    catalog = check_model((file,))
    assert catalog.root_fields[-1] == RootField("model", Verb.CATALOG, "Catalog")
    assert "Query.model" in catalog.clearances


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "catalog: Catalog",
            "catalog: Catalog!",
            "0.graphql:21: Query.catalog returns Catalog!, and if it is refused the others would "
            "be lost too – write Catalog",
        ),
        (
            "catalog: Catalog",
            "catalog(of: String): Catalog",
            "0.graphql:21: type Query: field catalog has the argument `of`, and no verb reads it – "
            "remove it",
        ),
    ],
)
def test_the_field_is_as_it_has_to_be(before: str, after: str, fault: str) -> None:
    assert check_faults(WITH_CATALOG.replace(before, after)) == [fault]


def test_a_type_of_the_model_under_the_name_of_a_part_is_told() -> None:
    text = WITH_CATALOG.replace("Sales", "CatalogMetric")
    assert check_faults(text) == [
        "0.graphql:1: CatalogMetric has the name of a part of the catalog – rename it, or do "
        "without the catalog: leave the field of Query out that returns Catalog"
    ]


def test_without_the_catalog_every_name_is_free() -> None:
    for name in sorted(CATALOG_TYPE_NAMES):
        assert check_faults(PLAIN.replace("Sales", name)) == []


def test_a_type_of_another_kind_under_the_name_of_a_part_is_told() -> None:
    text = WITH_CATALOG + "\nenum CatalogLink { A }\n"
    (fault, *_) = check_faults(text)
    assert fault.startswith(
        "0.graphql:24: CatalogLink should be the type shared by the whole model, but is declared "
        "as enum"
    )


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "values(search: String, first: Int! = 100)",
            "values(first: Int! = 100)",
            "takes other arguments than it has – write `(search: String, first: Int! = 100)`",
        ),
        (
            "  additivity: CatalogAdditivity!",
            "  additivity(of: Int): CatalogAdditivity!",
            "takes arguments – take them away; no verb reads them",
        ),
    ],
)
def test_arguments_of_its_fields_are_as_they_have_to_be(
    before: str, after: str, fault: str
) -> None:
    (file,) = synced(WITH_CATALOG)
    assert before in file.text
    (found,) = check_faults(file.text.replace(before, after))
    assert found.endswith(fault)


def test_to_have_it_is_an_addition_and_changes_no_meaning() -> None:
    today = date(2026, 6, 30)
    without, with_it = version_of(synced(PLAIN)), version_of(synced(WITH_CATALOG))
    found = schema_changes(without, with_it, today)
    assert {change.level for change in found} == {Level.ADDITIVE}
    gone = schema_changes(with_it, without, today)
    assert ("catalog",) in {
        tuple(member.rpartition(".")[2] for member in change.members)
        for change in gone
        if change.level is Level.BREAKING
    }
