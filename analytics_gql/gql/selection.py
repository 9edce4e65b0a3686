"""Selection set and arguments of a root field → MetricQuery and the shape of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
)

from analytics_gql.errors import FilterError, GroupingError
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.granularity import Granularity
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering
from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
)
from analytics_gql.query.row_shape import ConstantMember, FieldMember, RowShape
from analytics_gql.sdl.vocabulary import enum_name


@dataclass(frozen=True, eq=False)
class DatasetReader:
    """Reads selections of one dataset. Enum values stand for fields by name."""

    dataset: Dataset

    @cached_property
    def _grouped_by(self) -> dict[str, str]:
        return {dimension.enum_value: dimension.name for dimension in self.dataset.dimensions}

    @cached_property
    def _ordered_by(self) -> dict[str, str]:
        names = [*self.dataset.dimension_named, *self.dataset.metric_named]
        if self.dataset.time is not None:
            names.append(self.dataset.time.name)
        return {enum_name(name): name for name in names}

    def read(
        self, info: GraphQLResolveInfo[Any], arguments: Mapping[str, Any]
    ) -> tuple[MetricQuery, RowShape]:
        """The question that a root field asks, and the JSON row that its selection set wants.

        Raises the RequestError that tells what to mend.
        """
        shape = row_shape(info, self.dataset.name)
        selected = dict.fromkeys(
            member.field for member in shape if isinstance(member, FieldMember)
        )
        time = self.dataset.time
        return MetricQuery(
            self.dataset.name,
            metrics=tuple(name for name in selected if name in self.dataset.metric_named),
            dimensions=self._grouping(selected, arguments.get("groupBy")),
            by_time=time is not None and time.name in selected,
            granularity=Granularity(arguments.get("granularity") or "DAY"),
            timezone=arguments.get("timezone"),
            date_range=_date_range(arguments.get("dateRange")),
            where=_filter(arguments.get("where")),
            order=tuple(
                Ordering(self._ordered_by[item["by"]], item.get("direction") == "DESC")
                for item in arguments.get("orderBy") or ()
            ),
            limit=arguments.get("limit"),
        ), shape

    def _grouping(self, selected: Iterable[str], group_by: list[str] | None) -> tuple[str, ...]:
        """The dimensions of `groupBy`; where it is left out, those that are selected."""
        dimensions = [name for name in selected if name in self.dataset.dimension_named]
        if group_by is None:
            return tuple(dimensions)
        grouped = tuple(dict.fromkeys(self._grouped_by[value] for value in group_by))
        missing = [name for name in dimensions if name not in grouped]
        if missing:
            values = [self.dataset.dimension_named[name].enum_value for name in missing]
            raise GroupingError(
                f"the dimension '{missing[0]}' is selected but not grouped by",
                hint=f"add {', '.join(values)} to groupBy, or leave groupBy out to group by the "
                "dimensions that are selected",
            )
        return grouped


def row_shape(info: GraphQLResolveInfo[Any], type_name: str) -> RowShape:
    """The members of a row in response order (GraphQL, section 6.3.2, CollectFields)."""
    members: dict[str, FieldMember | ConstantMember] = {}
    for node in info.field_nodes:
        if node.selection_set is None:
            continue
        for field in _fields(node.selection_set.selections, info, set()):
            key = field.alias.value if field.alias else field.name.value
            name = field.name.value
            # Validation has seen to it that fields of one key are the same field.
            members.setdefault(
                key,
                ConstantMember(key, type_name) if name == "__typename" else FieldMember(key, name),
            )
    return tuple(members.values())


def _fields(
    selections: Iterable[SelectionNode], info: GraphQLResolveInfo[Any], visited: set[str]
) -> Iterator[FieldNode]:
    for selection in selections:
        if selection.directives and not _included(selection, info):
            continue
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                # Datasets implement no interface: a valid type condition is the type itself.
                yield from _fields(selection.selection_set.selections, info, visited)
            case FragmentSpreadNode():
                name = selection.name.value
                if name not in visited:
                    visited.add(name)
                    fragment = info.fragments[name]
                    yield from _fields(fragment.selection_set.selections, info, visited)


def _included(selection: SelectionNode, info: GraphQLResolveInfo[Any]) -> bool:
    for directive in selection.directives or ():
        if directive.name.value in ("skip", "include"):
            (argument,) = directive.arguments or ()
            value = argument.value
            if isinstance(value, VariableNode):
                holds = info.variable_values.coerced[value.name.value]
            else:
                assert isinstance(value, BooleanValueNode)
                holds = value.value
            if holds == (directive.name.value == "skip"):
                return False
    return True


def _date_range(value: Mapping[str, Any] | None) -> DateRange | None:
    return None if value is None else DateRange(value["start"], value["end"])


_OPERATORS = {operator.value: operator for operator in Operator}

MAX_CONDITIONS = 200
"""Comparisons in one filter: each costs time to plan and a place in the SQL.

A list costs none, except that each decimal is compared by itself (see predicate.take_values).
Connectives cost as much, so their number is bounded with it.
"""


def _filter(value: Mapping[str, Any] | None) -> Predicate | None:
    predicate = _predicate(value)
    if predicate is not None:
        conditions, connectives = _size(predicate)
        if conditions > MAX_CONDITIONS or connectives > 2 * MAX_CONDITIONS:
            raise FilterError(
                f"the filter has more than {MAX_CONDITIONS} conditions",
                hint="compare with a list of values: but for decimals, `in` and `notIn` take any "
                "number",
            )
    return predicate


def _size(predicate: Predicate) -> tuple[int, int]:
    """How many comparisons and how many connectives there are to plan and to write."""
    match predicate:
        case Comparison(value=tuple(values)):
            return sum(isinstance(value, Decimal) for value in values) or 1, 0
        case Comparison():
            return 1, 0
        case AllOf(parts) | AnyOf(parts):
            sizes = [_size(part) for part in parts]
            return sum(size[0] for size in sizes), 1 + sum(size[1] for size in sizes)
        case Not(part):
            conditions, connectives = _size(part)
            return conditions, connectives + 1


def _predicate(value: Mapping[str, Any] | None) -> Predicate | None:
    """A filter input; None where it says nothing."""
    if value is None:
        return None
    parts: list[Predicate] = []
    for name, item in value.items():
        if item is None:
            continue
        match name:
            case "and":
                parts.append(AllOf(tuple(_whole(part) for part in item)))
            case "or":
                parts.append(AnyOf(tuple(_whole(part) for part in item)))
            case "not":
                parts.append(Not(_whole(item)))
            case _:
                parts += [_comparison(name, word, operand) for word, operand in item.items()]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _whole(value: Mapping[str, Any]) -> Predicate:
    return _predicate(value) or AllOf(())


def _comparison(field: str, word: str, operand: Any) -> Predicate:
    operator = _OPERATORS[word]
    if operand is None:
        raise FilterError(
            f"`{field}: {{ {word}: null }}` compares with nothing",
            hint="ask for missing values with isNull: true, or leave the operator out",
        )
    _check_text(field, operand if isinstance(operand, list) else (operand,))
    match operator:
        case Operator.IS_NULL:
            return Comparison(field, Operator.IS_NULL if operand else Operator.IS_NOT_NULL)
        case Operator.IN | Operator.NOT_IN:
            return Comparison(field, operator, tuple(operand))
        case Operator.BETWEEN:
            if len(operand) != 2:
                raise FilterError(
                    f"`between` of '{field}' has {len(operand)} values",
                    hint="give two, the lowest and the highest that count",
                )
            return Comparison(field, operator, tuple(operand))
        case _:
            return Comparison(field, operator, operand)


def _check_text(field: str, values: Iterable[Any]) -> None:
    # PostgreSQL cannot even be asked for it, and no engine's text should mean something else.
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise FilterError(
            f"the value for '{field}' has the character U+0000, which no text holds",
            hint="take it out",
        )
