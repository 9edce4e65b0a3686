"""One schema for all who see the same, few of them kept, and documents that fit it."""

from __future__ import annotations

import re

import pytest
from graphql import GraphQLSchema, get_introspection_query, graphql_sync

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.compose.model import Model, views_of
from analytics_gql.errors import ForbiddenError
from analytics_gql.gql import views as views_module
from analytics_gql.gql.schema import executable_schema
from analytics_gql.gql.views import View, Views
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.public import public_sdl
from analytics_gql.settings import Settings
from tests.sdl.guarded import FILES
from tests.sdl.models import schema_file, synced


def model(files: tuple[SchemaFile, ...] = FILES) -> Model:
    catalog = check_model(files)
    return Model(files, catalog, executable_schema(public_sdl(files), "Query", catalog))


@pytest.fixture
def views() -> Views:
    return views_of(model(), Settings())


def seen(views: Views, *roles: str) -> View:
    return views.of(Caller(None, roles))


def test_roles_that_the_model_does_not_name_make_no_difference(views: Views) -> None:
    assert seen(views, "finance", "viewer") is seen(views, "finance")
    assert seen(views, "viewer") is seen(views)
    assert seen(views, "crm", "finance") is seen(views, "finance", "crm", "crm")


def test_all_who_see_the_same_share_a_schema(views: Views) -> None:
    # Who is of the board sees what finance sees of the shop, and the bonus; finance the dates.
    assert seen(views, "board", "finance") is not seen(views, "finance")
    assert seen(views, "hr", "crm", "board", "finance") is views.whole
    assert seen(views, EVERY_ROLE) is views.whole


def test_a_model_that_guards_nothing_has_one_view() -> None:
    open_to_all = [re.sub(r" @access\(roles: \[[^]]*\]\)", "", file.text) for file in FILES]
    views = views_of(model(tuple(map(schema_file, open_to_all))), Settings())
    assert seen(views) is seen(views, "finance") is views.whole


def test_the_views_used_least_recently_are_dropped(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_module, "KEPT_VIEWS", 2)
    first = seen(views)
    second = seen(views, "hr")
    assert seen(views) is first
    seen(views, "crm")
    assert seen(views) is first
    assert seen(views, "hr") is not second


def test_documents_are_kept_for_the_schema_that_they_fit(views: Views) -> None:
    text = "{ wages { team } }"
    hr, crm = seen(views, "hr").documents, seen(views, "crm").documents
    assert not hr.prepare(text).errors
    assert hr.prepare(text) is hr.prepare(text)
    (error,) = crm.prepare(text).errors
    assert error.message.startswith("Cannot query field 'wages' on type 'Query'.")
    fits = "{ __typename }"
    assert hr.prepare(fits) is not crm.prepare(fits)
    assert crm.prepare(fits).schema is seen(views, "crm").schema


def test_a_document_of_the_whole_schema_fits_or_is_forbidden(views: Views) -> None:
    paid = views.whole.documents.prepare("{ wages { paid } }")
    assert views.whole.fitting(paid) is paid
    assert seen(views, "hr").fitting(paid).schema is seen(views, "hr").schema
    with pytest.raises(ForbiddenError) as raised:
        seen(views, "crm").fitting(paid)
    assert "wages" not in raised.value.message
    assert "wages" not in str(raised.value.hint)
    # A document that fits nothing is wrong, not forbidden.
    wrong = views.whole.documents.prepare("{ wags }")
    assert seen(views, "crm").fitting(wrong).errors


NOTHING = """\
type Sales @access(roles: ["a"]) @dataset(table: "sales", shared: true) {
  revenue: Decimal @metric(sql: "sum(net)")
}

type Query {
  sales: [Sales!]
}
"""


def test_who_may_see_nothing_has_a_schema_without_fields() -> None:
    files = synced(NOTHING)
    catalog = check_model(files)
    whole = Model(files, catalog, executable_schema(public_sdl(files), "Query", catalog))
    views = views_of(whole, Settings())
    schema: GraphQLSchema = seen(views).schema
    assert graphql_sync(schema, "{ __typename }").data == {"__typename": "Query"}
    (error,) = seen(views).documents.prepare("{ sales { revenue } }").errors
    assert error.message == "Cannot query field 'sales' on type 'Query'."
    introspected = graphql_sync(schema, get_introspection_query())
    assert introspected.errors is None
    assert "Sales" not in str(introspected.data)
