"""Random questions, and the many ways in which GraphQL can put the same question."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from graphql import (
    build_schema,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import strategies as st

from tests.properties.odd_rows import DAYS, TEXTS
from tests.properties.oracle import DIMENSIONS, GRANULARITIES, METRICS, Filter, Question

_SCHEMA = build_schema((Path(__file__).parent.parent.parent / "schema.graphql").read_text())
assert _SCHEMA.query_type is not None
_ARGUMENTS = _SCHEMA.query_type.fields["orderMetrics"].args

Draw = Callable[[st.SearchStrategy[Any]], Any]
T = TypeVar("T")


# --- what is asked -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What questions to a warehouse speak of: its days, and texts that some dimension has."""

    days: tuple[date, ...]
    texts: tuple[str, ...]


ODD = Vocabulary(
    tuple(sorted({day + timedelta(days=shift) for day in DAYS for shift in (-1, 0, 1)})),
    TEXTS,
)
DEMO = Vocabulary(
    tuple(date(2026, 3, 20) + timedelta(days=number) for number in range(24)),
    (
        *("US", "GB", "DE", "FR", "NL", "card", "paypal", "bank_transfer", "organic", "email"),
        *("paid_search", "paid_social", "mobile", "desktop", "toys", "home", "consumer", "p", ""),
    ),
)

TIMEZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",  # its clocks skip midnight in spring, and repeat an hour before it
    "America/Havana",  # and here midnight comes twice
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
)

_AMOUNTS = tuple(
    Decimal(text)
    for text in (
        *("0", "10.5", "10.50", "-10.50", "0.01", "-0.01", "7", "33.33", "100", "21.000"),
        *("1234567.89", "1e4", "9999999999.99", "19999999999.98", "-1e10", "250.25", "3000"),
    )
)
_COUNTS = (0, 1, 2, 3, 4, 5, 7, 10, 30, 100, 1000, 12_345, -1, 2**53 + 1, 2**63 - 1, -(2**63))
_FRACTIONS = (0.0, 1.0, 0.5, 0.25, 0.03, -1.0, 2.0, 10.5, 33.33, 110.0, 1e-12, -1e300, 1e308, 3)


def _operands(values: st.SearchStrategy[Any]) -> list[st.SearchStrategy[Filter]]:
    lists = st.lists(values, max_size=4)
    return [
        st.fixed_dictionaries({"eq": values}),
        st.fixed_dictionaries({"ne": values}),
        st.fixed_dictionaries({"in": lists}),
        st.fixed_dictionaries({"notIn": lists}),
        st.fixed_dictionaries({"gt": values}),
        st.fixed_dictionaries({"gte": values}),
        st.fixed_dictionaries({"lt": values}),
        st.fixed_dictionaries({"lte": values}),
        st.fixed_dictionaries({"gte": values, "lt": values}),
        st.fixed_dictionaries({"between": st.lists(values, min_size=2, max_size=2)}),
        st.fixed_dictionaries({"isNull": st.booleans()}),
        st.just({}),
    ]


def _values_of(name: str, vocabulary: Vocabulary) -> st.SearchStrategy[Any]:
    if name in DIMENSIONS:
        return st.sampled_from(vocabulary.texts)
    return st.sampled_from(
        {"Decimal": _AMOUNTS, "BigInt": _COUNTS, "Float": _FRACTIONS}[METRICS[name].type]
    )


def comparisons(name: str, vocabulary: Vocabulary) -> st.SearchStrategy[Filter]:
    """One field against values, in each of the ways that its type allows."""
    values = _values_of(name, vocabulary)
    operands = _operands(values)
    if name in DIMENSIONS:
        pieces = st.builds(
            lambda text, start, length: text[start : start + length],
            values,
            st.integers(0, 2),
            st.integers(0, 3),
        )
        operands += [
            st.fixed_dictionaries({"contains": pieces}),
            st.fixed_dictionaries({"startsWith": pieces}),
        ]
    return st.one_of(operands).map(lambda operand: {name: operand})


@cache
def filters(names: tuple[str, ...], vocabulary: Vocabulary) -> st.SearchStrategy[Filter]:
    """Filters over some fields, nested in every way, empty ones included."""
    if not names:
        return st.sampled_from([{}, {"or": []}, {"and": []}, {"not": {}}])
    leaves = st.one_of([comparisons(name, vocabulary) for name in names])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"and": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"or": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
            st.builds(lambda one, other: {**one, **other}, inner, leaves),
            st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=2), "not": leaves}),
        ),
        max_leaves=4,
    )


_KEYS = (
    *("a", "A", "b", "B", "c0", "_", "date", "country", "revenue", "aB", "ab", "__proto__"),
    "a_key_of_more_than_sixty_three_bytes_which_is_where_identifiers_are_cut_off",
    "a_key_of_more_than_sixty_three_bytes_which_is_where_identifiers_are_cut_off_",
)


@st.composite
def questions(draw: Draw, vocabulary: Vocabulary, *, only_orders: bool | None = None) -> Question:
    """A question that the demo model can answer.

    What needs traffic may use the dimensions that traffic has, and its days; the rest any
    dimension and any time zone.
    """
    if only_orders is None:
        only_orders = draw(st.booleans())
    sources = frozenset({"orders"} if only_orders else {"orders", "traffic"})
    known = [name for name, tables in DIMENSIONS.items() if sources <= tables]
    metrics = [name for name, metric in METRICS.items() if metric.sources <= sources]

    grouped = draw(st.lists(st.sampled_from(known), unique=True, max_size=3))
    by_time = draw(st.booleans())
    group_by: tuple[str, ...] | None = None
    shown = list(grouped)
    if draw(st.booleans()):
        group_by = tuple(grouped + draw(st.sampled_from([[], grouped[:1]])))
        shown = draw(st.permutations(grouped))[: draw(st.integers(0, 3))]
    fields = [
        *shown,
        *(["date"] if by_time else []),
        *draw(st.lists(st.sampled_from(metrics), unique=True, max_size=4)),
    ]
    fields = draw(st.permutations(fields))
    if draw(st.integers(0, 4)) == 0:
        fields.insert(draw(st.integers(0, len(fields))), "__typename")
    if group_by is None:
        grouped = [name for name in fields if name in DIMENSIONS]

    where: Filter | None = None
    kind = draw(st.integers(0, 7))
    if kind > 2:
        parts = [
            draw(filters(tuple(known), vocabulary)) if kind in (3, 4, 6) else {},
            draw(filters(tuple(metrics), vocabulary)) if kind in (5, 6) else {},
            draw(filters((*grouped, *metrics), vocabulary)) if kind == 7 else {},
        ]
        parts = [part for part in parts if part] or [{}]
        merged = {name: item for part in parts for name, item in part.items()}
        separate = len(merged) < sum(map(len, parts)) or draw(st.booleans())
        where = {"and": parts} if separate else merged

    start, end = sorted(draw(st.tuples(*[st.sampled_from(vocabulary.days)] * 2)))
    return Question(
        start,
        end,
        _keyed(draw, fields),
        group_by,
        draw(st.sampled_from(list(GRANULARITIES))),
        draw(st.sampled_from([None, *(TIMEZONES if only_orders else ["UTC"])])),
        where,
        tuple(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from([*metrics, *grouped, *(["date"] if by_time else [])]),
                        st.booleans(),
                    ),
                    max_size=3,
                )
            )
        ),
        draw(st.one_of(st.none(), st.integers(1, 12), st.sampled_from([100, 2**31 - 1]))),
    )


def _keyed(draw: Draw, fields: list[str]) -> tuple[tuple[str, str], ...]:
    """Response keys: the fields' names or aliases, among them names of other fields."""
    if draw(st.booleans()):
        return tuple((name, name) for name in fields)
    aliases = draw(st.permutations(_KEYS))
    keyed = [(alias, name) for alias, name in zip(aliases, fields, strict=False)]
    if fields and len(fields) < len(_KEYS) and draw(st.booleans()):
        keyed.append((aliases[len(fields)], draw(st.sampled_from(fields))))  # the same once more
    return tuple(keyed)


# --- how it is put -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A GraphQL request, and what each of its root fields asks."""

    text: str
    variables: dict[str, Any]
    operation_name: str | None
    questions: dict[str, Question]


@dataclass
class _Writer:
    """Writes one document; without `random` as plainly as can be.

    Hypothesis chooses what is asked, and how by one number only: a choice of its own for each
    variable and fragment took longer than the answer.
    """

    random: Random | None = None
    declared: list[str] = field(default_factory=list)
    sent: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def chance(self, one_in: int) -> bool:
        return self.random is not None and self.random.randrange(one_in) == 0

    def pick(self, options: Sequence[T]) -> T:
        return options[0] if self.random is None else self.random.choice(options)

    # --- values --------------------------------------------------------------------------

    def value(self, input_type: Any, value: Any) -> str:
        """The text of a value that is not null."""
        if self.chance(5):
            return self.variable(input_type, value)
        bare = input_type.of_type if is_non_null_type(input_type) else input_type
        if is_list_type(bare):
            if len(value) == 1 and self.chance(2):
                # A list of one may be written bare, though not as a variable.
                return _Writer().value(bare.of_type, value[0])
            return f"[{', '.join(self.value(bare.of_type, item) for item in value)}]"
        if is_input_object_type(bare):
            members = [
                f"{name}: {self.value(bare.fields[name].type, item)}"
                for name, item in value.items()
            ]
            members += [
                f"{name}: {self.nothing(bare.fields[name].type)}"
                for name in self.left_out(bare.fields, value)
            ]
            return "{" + " ".join(members) + "}"
        return self.literal(bare.name, value)

    def left_out(self, fields: dict[str, Any], value: Any) -> list[str]:
        """Filter members that are mentioned and say nothing. A comparison with null is an error."""
        if "and" not in fields or not self.chance(6):
            return []
        return [self.pick([name for name in fields if name not in value])]

    def nothing(self, input_type: Any) -> str:
        """`null`, or a variable that is null or was not sent."""
        if not self.chance(2):
            return "null"
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {input_type}")
        if self.chance(2):
            self.sent[name] = None
        return f"${name}"

    def variable(self, input_type: Any, value: Any) -> str:
        name = f"v{len(self.declared)}"
        declared = f"${name}: {input_type}"
        if not is_non_null_type(input_type) and self.chance(2):
            declared += "!"
        if self.chance(4):
            self.declared.append(f"{declared} = {_Writer().value(input_type, value)}")
        else:
            self.declared.append(declared)
            self.sent[name] = self.json_value(input_type, value)
        return f"${name}"

    def literal(self, type_name: str, value: Any) -> str:
        match type_name:
            case "String":
                return json.dumps(value, ensure_ascii=self.chance(2))
            case "Boolean":
                return "true" if value else "false"
            case "Date":
                return f'"{value}"'
            case "Decimal" | "BigInt":
                return f'"{value}"' if self.chance(3) else str(value)
            case "OrderMetricsDimension" | "OrderMetricsOrderField":
                return _enum_value(value)
            case _:  # Int, Float, and enum values as they are
                return str(value)

    def json_value(self, input_type: Any, value: Any) -> Any:
        bare = input_type.of_type if is_non_null_type(input_type) else input_type
        if is_list_type(bare):
            return [self.json_value(bare.of_type, item) for item in value]
        if is_input_object_type(bare):
            return {
                name: self.json_value(bare.fields[name].type, item) for name, item in value.items()
            }
        match bare.name:
            case "Date":
                return str(value)
            case "Decimal":
                return float(value) if abs(value) < 10**6 and self.chance(2) else str(value)
            case "BigInt":
                return str(value) if self.chance(2) else value
            case "OrderMetricsDimension" | "OrderMetricsOrderField":
                return _enum_value(value)
            case _:
                return value

    # --- selections ----------------------------------------------------------------------

    def condition(self, holds: bool) -> str:
        """A directive that includes a selection, or not."""
        skips = self.chance(2)
        flag = holds != skips
        value = "true" if flag else "false"
        if self.chance(2):
            name = f"v{len(self.declared)}"
            self.declared.append(f"${name}: Boolean!")
            self.sent[name] = flag
            value = f"${name}"
        return f"@{'skip' if skips else 'include'}(if: {value})"

    def selection(self, members: Sequence[tuple[str, str]], type_name: str) -> str:
        """Fields in their order, some of them in fragments, among others that are not included."""
        pieces: list[str] = []
        rest = list(members)
        while rest:
            count = self.pick(range(1, len(rest) + 1)) if self.chance(4) else 1
            now, rest = rest[:count], rest[count:]
            if count > 1 or self.chance(8):
                pieces.append(self.fragment(self.selection(now, type_name), type_name))
            else:
                pieces.append(self.member(*now[0]))
            if self.chance(8):
                pieces.append(self.member(*members[0]))  # a second mention changes nothing
            if self.chance(8):
                pieces.append(self.decoy())
        return " ".join(pieces or [self.decoy()])

    def member(self, key: str, name: str) -> str:
        text = name if key == name else f"{key}: {name}"
        return f"{text} {self.condition(True)}" if self.chance(8) else text

    def decoy(self) -> str:
        """A field that is not included, so that it neither groups nor counts nor costs."""
        name = self.pick(["date", "segment", "sessions", "customers"])
        text = f"not_included_{name}: {name} {self.condition(False)}"
        return f"... {{ {text} }}" if self.chance(3) else text

    def fragment(self, inner: str, type_name: str) -> str:
        match self.pick(range(4)):
            case 0:
                return f"... {{ {inner} }}"
            case 1:
                return f"... on {type_name} {self.condition(True)} {{ {inner} }}"
            case _:
                name = f"Part{len(self.fragments)}"
                self.fragments.append(f"fragment {name} on {type_name} {{ {inner} }}")
                return f"...{name}"

    # --- fields and operations -----------------------------------------------------------

    def root_field(self, key: str, question: Question) -> str:
        arguments = [self.argument(name, item) for name, item in _arguments(question).items()]
        head = f"{key}: orderMetrics({', '.join(filter(None, arguments))})"
        members = question.selection
        if len(members) > 1 and self.chance(6):
            # Mentioned twice: its selections are merged (GraphQL, section 6.4.3).
            half = len(members) // 2
            return " ".join(
                f"{head} {{ {self.selection(part, 'OrderMetrics')} }}"
                for part in (members[:half], members[half:])
            )
        return f"{head} {{ {self.selection(members, 'OrderMetrics')} }}"

    def argument(self, name: str, value: Any) -> str:
        input_type = _ARGUMENTS[name].type
        if value is None:
            return f"{name}: {self.nothing(input_type)}" if self.chance(5) else ""
        if name == "granularity" and value == "DAY" and self.chance(2):
            return ""  # the default
        return f"{name}: {self.value(input_type, value)}"

    def request(self, asked: dict[str, Question]) -> Request:
        roots = [self.root_field(key, question) for key, question in asked.items()]
        if self.chance(6):
            roots.append(f"unasked: __typename {self.condition(False)}")
        body = " ".join(roots)
        if self.chance(6):
            body = self.fragment(body, "Query")
        head, operation_name = "query", None
        if self.chance(4):
            head, operation_name = "query Asked", "Asked"
            self.fragments.append("query Other { __typename }")
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        text = "\n".join([f"{head}{declared} {{ {body} }}", *self.fragments])
        return Request(text, self.sent, operation_name, asked)


def _enum_value(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name).upper()


def _arguments(question: Question) -> dict[str, Any]:
    return {
        "dateRange": {"start": question.start, "end": question.end},
        "groupBy": question.group_by,
        "granularity": question.granularity,
        "timezone": question.timezone,
        "where": question.where,
        "orderBy": [
            {"by": name, **({"direction": "DESC"} if descending else {})}
            for name, descending in question.order_by
        ]
        or None,
        "limit": question.limit,
    }


@st.composite
def requests(draw: Draw, asked: st.SearchStrategy[Question]) -> Request:
    """A document of one or two root fields, plain or with all that GraphQL allows."""
    keys = draw(st.sampled_from([("orderMetrics",), ("first",), ("first", "First")]))
    seed = draw(st.integers(0, 2**32))
    writer = _Writer(Random(seed) if seed else None)
    return writer.request({key: draw(asked) for key in keys})


def plain_request(asked: dict[str, Question]) -> Request:
    """A document without variables or fragments."""
    return _Writer().request(asked)
