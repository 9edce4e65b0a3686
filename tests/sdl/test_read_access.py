"""@access: who may see what, with all that it rests on, and where it cannot stand."""

from __future__ import annotations

import pytest

from analytics_gql.model.clearance import FOR_ALL, Clearance
from tests.sdl.guarded import guarded_catalog
from tests.sdl.models import check_faults, dataset_sdl, schema_file, synced


def clearance(*sets: str) -> Clearance:
    """`"a b", "c"`: a or b, and c."""
    return Clearance(frozenset(frozenset(names.split()) for names in sets))


@pytest.mark.parametrize(
    ("coordinate", "needed"),
    [
        ("ShopMetrics.region", "board or finance"),
        ("ShopMetrics.purchaseCost", "board or finance"),
        pytest.param("ShopMetrics.marginRate", "board or finance", id="derived from what is"),
        pytest.param("ShopMetrics.bonus", "board", id="twice derived"),
        pytest.param("ShopMetrics.buyer", "crm", id="a link by what is"),
        ("Wages", "hr"),
        ("Wages.team", "hr"),
        pytest.param("Query.wages", "hr", id="a root field of what is"),
        pytest.param("Query.people", "hr", id="a root field of its own"),
        ("Person.salary", "hr"),
        pytest.param("Sale.person", "crm or hr", id="a link to what is"),
        pytest.param("Query.sales(dateRange:)", "finance", id="what compares with a field"),
        pytest.param("Query.person(asOf:)", "hr", id="an instant that a field shows"),
        pytest.param("Sale.person(asOf:)", "hr", id="the same of a link"),
    ],
)
def test_what_a_thing_rests_on_is_needed_too(coordinate: str, needed: str) -> None:
    assert str(guarded_catalog().clearances[coordinate]) == needed


def test_without_the_directive_everybody_sees_it() -> None:
    catalog = guarded_catalog()
    for coordinate in ("ShopMetrics", "ShopMetrics.revenue", "Sale.net", "Query.shopMetrics"):
        assert coordinate not in catalog.clearances
    assert catalog.roles == {"board", "crm", "finance", "hr"}
    assert str(FOR_ALL) == "everybody"
    assert str(clearance("b a", "c")) == "(a or b) and c"


def test_a_clearance_is_met_by_one_role_of_each_set() -> None:
    needed = clearance("a b", "c")
    assert needed.is_met_by({"b", "c"})
    assert not needed.is_met_by({"a", "b"})
    assert not needed.is_met_by(())
    assert FOR_ALL.is_met_by(())
    assert FOR_ALL.along_with(clearance("a b"), clearance("c")) == needed
    assert needed.along_with(clearance("b")) == clearance("b", "c")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (clearance("a"), clearance("a b"), True),
        (clearance("a b"), clearance("a"), False),
        (clearance("a", "c"), clearance("a b"), True),
        (clearance("a"), clearance("a", "c"), False),
        (clearance("a"), FOR_ALL, True),
        (FOR_ALL, clearance("a"), False),
    ],
)
def test_one_clearance_may_imply_another(one: Clearance, other: Clearance, expected: bool) -> None:
    assert one.implies(other) is expected


COST = 'cost: Decimal @metric(sql: "sum(cost)") '
MARGIN = 'margin: Float @metric(sql: "revenue - cost")'
REVENUE = 'revenue: Decimal @metric(sql: "sum(net)")'


def told(fields: str) -> list[str]:
    """What is held against fields of a dataset, without the place."""
    return [fault.partition(": ")[2] for fault in check_faults(dataset_sdl(fields))]


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("@access", "@access: the argument 'roles' is missing – add roles: [\"…\"]"),
        (
            "@access(roles: [])",
            "@access names no role – name those who may see it; what nobody may see has no place "
            "in the schema",
        ),
        (
            '@access(roles: ["a", ""])',
            "@access names a role without a name – name those who may see it; what nobody may see "
            "has no place in the schema",
        ),
        (
            '@access(roles: ["*"])',
            "@access names '*', which is no role – name roles, or take the directive away: without "
            "it everybody may see it",
        ),
        (
            '@access(role: "a", roles: ["a"])',
            "@access: unknown argument 'role' – did you mean 'roles'?",
        ),
        ('@access(roles: ["a"]) @access(roles: ["b"])', "@access stands twice – keep one of them"),
    ],
)
def test_what_is_wrong_with_the_directive_is_told_once(directive: str, expected: str) -> None:
    assert told(COST + directive) == [expected]


def test_one_role_needs_no_list() -> None:
    assert told(COST + '@access(roles: "finance")') == []


def test_a_metric_cannot_be_shown_to_who_may_not_see_what_it_is_made_of() -> None:
    cost = COST + '@access(roles: ["finance", "board"])\n'
    margin = MARGIN + ' @access(roles: ["board", "sales"])\n'
    assert told(cost + margin + REVENUE) == [
        "@access shows Sales.margin to 'sales', who may not see cost, which it is derived from – "
        "name the role there as well (cost is for board or finance), or not here"
    ]
    narrower = MARGIN + ' @access(roles: ["board"])\n'
    assert told(cost + narrower + REVENUE) == []
    assert told(cost + MARGIN + "\n" + REVENUE) == []


def test_what_date_ranges_ask_by_cannot_be_hidden_from_those_who_ask() -> None:
    text = dataset_sdl().replace("date: Date @time", 'date: Date @time @access(roles: ["a"])')
    assert [fault.partition(": ")[2] for fault in check_faults(text)] == [
        "the time Sales.date has @access, and everybody asks by dateRange – put @access on the type"
    ]
    weekday = 'weekday: Int @access(roles: ["a"]) @dimension(sql: "extract(dow from ordered_at)")'
    assert told(weekday) == [
        "Sales.weekday has @access, and can be found out by dateRange, which reads the same column "
        "– put @access on the type, or take it from the field"
    ]


ROWS = """\
type Order @records(table: "orders", key: ["id"]) {
  id: ID!
  net: Decimal
}

type Query {
  orders: OrderConnection
}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "id: ID!",
            'id: ID! @access(roles: ["a"])',
            "2: Order.id is of the key and has @access, and cursors and look-ups are made of the "
            "key – put @access on the type",
            id="a key",
        ),
        pytest.param(
            "type Query",
            'type Query @access(roles: ["a"])',
            "6: @access stands on Query, the root – put it on its fields, or on the types that "
            "they return",
            id="the root type",
        ),
        pytest.param(
            "type Query {",
            'type Query {\n  again: OrderConnection @access(roles: ["a"]) @access(roles: ["b"])',
            "14: @access stands twice – keep one of them",
            id="twice on a root field",
        ),
        pytest.param(
            "type Query",
            'type Extra @access(roles: ["a"]) { n: Int }\n\ntype Query',
            "6: @access stands on Extra, and Extra has none of @dataset, @records and @entity – "
            "put it on the type that the rows are of, on one of its fields, or on a root field",
            id="a type of no verb",
        ),
        pytest.param(
            "type Query",
            'interface Extra { n: Int @access(roles: ["a"]) }\n\ntype Query',
            "6: @access stands on Extra.n, and Extra has none of @dataset, @records and @entity – "
            "put it on the type that the rows are of, on one of its fields, or on a root field",
            id="a field of an interface",
        ),
    ],
)
def test_where_it_cannot_stand_is_told(old: str, new: str, expected: str) -> None:
    assert check_faults(ROWS.replace(old, new)) == [f"0.graphql:{expected}"]


def test_a_derived_type_has_the_access_of_what_it_is_derived_from() -> None:
    (file,) = synced(ROWS)
    text = file.text.replace("totalCount: BigInt!", 'totalCount: BigInt! @access(roles: ["a"])')
    (fault,) = check_faults(text)
    assert "@access stands on OrderConnection.totalCount" in fault


def test_nothing_but_rows_and_root_fields_can_be_guarded() -> None:
    text = ROWS + '\nenum Tone { WARM @access(roles: ["a"]) }\n'
    assert any("'@access' may not be used on enum value" in told for told in check_faults(text))
    assert schema_file(text).name == "m.graphql"
