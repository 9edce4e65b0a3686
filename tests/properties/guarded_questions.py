"""Random documents over the guarded model, by people who know all of its names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import get_introspection_query
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

SHOP = ("day", "country", "region", "buyerId", "revenue", "purchaseCost", "marginRate", "bonus",
        "visitCount")  # fmt: skip
SALE = ("id", "soldOn", "net", "personId")
PERSON = ("id", "fullName", "salary", "hiredAt", "isOpen")
WAGES = ("team", "paid")
NEAR = ("purchaseCosts", "bonuss", "regon", "salry", "sold", "__typename", "__typenames")
"""Names that were never there, near those that may be."""
TYPES = ("ShopMetrics", "Wages", "Sale", "Person", "ShopMetricsDimension", "WagesFilter",
         "PersonConnection", "SaleOrderField", "Query", "IntFilter", "BooleanFilter", "Wage",
         "Persons")  # fmt: skip
ENUM_VALUES = ("COUNTRY", "REGION", "BUYER_ID", "REVENUE", "PURCHASE_COST", "MARGIN_RATE", "BONUS",
               "SOLD_ON", "NET", "SALARY", "FULL_NAME", "TEAM", "PAID", "ID", "DAY", "REGON",
               "BONUSES")  # fmt: skip
RANGE = 'dateRange: { start: "2026-01-01", end: "2026-01-31" }'


@dataclass(frozen=True, slots=True)
class Asked:
    """A document and its variables."""

    text: str
    variables: dict[str, Any]

    @property
    def whole(self) -> str:
        """All that was sent."""
        return self.text + orjson.dumps(self.variables).decode()


def _selection(draw: Draw, names: tuple[str, ...], depth: int = 0) -> str:
    members = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
    if not draw(st.integers(0, 4)):
        members.append(draw(st.sampled_from((*NEAR, *SHOP, *PERSON, *SALE))))
    if depth < 2 and not draw(st.integers(0, 3)):
        link = draw(st.sampled_from(("buyer", "person", "persn")))
        as_of = draw(st.sampled_from(("", "", '(asOf: "2026-01-10T00:00:00Z")')))
        members.append(f"{link}{as_of} {{ {_selection(draw, PERSON, depth + 1)} }}")
    if not draw(st.integers(0, 4)):
        on = draw(st.sampled_from(TYPES))
        members.append(f"... on {on} {{ {draw(st.sampled_from(names))} }}")
    return " ".join(members)


def _condition(draw: Draw, names: tuple[str, ...]) -> dict[str, Any]:
    name = draw(st.sampled_from((*names, *NEAR[:4])))
    return {name: draw(st.sampled_from(({"gt": 1}, {"eq": "1"}, {"isNull": False}, {"lt": "x"})))}


def _arguments(draw: Draw, names: tuple[str, ...], fixed: str) -> tuple[str, dict[str, Any]]:
    """Arguments as literals, and those that are sent as variables of their names."""
    parts, variables = [fixed] if fixed else [], {}
    values = st.sampled_from(ENUM_VALUES)
    if "revenue" in names and draw(st.booleans()):
        parts.append(f"groupBy: [{', '.join(draw(st.lists(values, max_size=2)))}]")
    if draw(st.booleans()):
        by = draw(values)
        if draw(st.booleans()):
            variables["order"] = [{"by": by}]
            parts.append("orderBy: $order")
        else:
            parts.append(f"orderBy: [{{ by: {by}, direction: DESC }}]")
    if draw(st.booleans()):
        condition = _condition(draw, names)
        if draw(st.booleans()):
            variables["where"] = condition
            parts.append("where: $where")
        else:
            (name, operand) = next(iter(condition.items()))
            (word, value) = next(iter(operand.items()))
            parts.append(f"where: {{ {name}: {{ {word}: {orjson.dumps(value).decode()} }} }}")
    return (f"({', '.join(parts)})" if parts else ""), variables


_ROOTS = (
    ("shopMetrics", "ShopMetrics", SHOP, RANGE, "{}"),
    ("shopMetricsConnection", "ShopMetrics", SHOP, RANGE, "nodes {{ {} }} totalCount"),
    ("wages", "Wages", WAGES, "", "{}"),
    ("sales", "Sale", SALE, "", "nodes {{ {} }} pageInfo {{ endCursor }}"),
    ("sales", "Sale", SALE, RANGE, "edges {{ cursor node {{ {} }} }}"),
    ("sales", "Sale", SALE, "", "{}"),
    ("people", "Person", PERSON, "", "nodes {{ {} }}"),
    ("wage", "Wages", WAGES, "", "{}"),
)
_KEYED = (
    'person(id: "1")',
    'persons(ids: ["1", "7"])',
    'person(id: "1", asOf: "2026-01-10T00:00:00Z")',
    'persn(id: "1")',
)


@st.composite
def asked(draw: Draw) -> Asked:
    """Selections, conditions, orders, groupings, fragments, variables and introspection."""
    match draw(st.integers(0, 19)):
        case 0:
            return Asked(get_introspection_query(), {})
        case 1:
            name = draw(st.sampled_from(TYPES))
            members = "name fields { name args { name } } inputFields { name } enumValues { name }"
            return Asked(f'{{ __type(name: "{name}") {{ {members} }} }}', {})
        case 2 | 3 | 4:
            text = f"{{ {draw(st.sampled_from(_KEYED))} {{ {_selection(draw, PERSON)} }} }}"
            return Asked(text, {})
    root, of, names, fixed, form = draw(st.sampled_from(_ROOTS))
    arguments, variables = _arguments(draw, names, fixed)
    declared = {"where": f"$where: {of}Filter", "order": f"$order: [{of}Order!]"}
    heading = ", ".join(declared[name] for name in variables)
    heading = f"query Q({heading}) " if heading else ""
    body = form.format(_selection(draw, names))
    return Asked(f"{heading}{{ {root}{arguments} {{ {body} }} }}", variables)
