"""Records → RecordPlan, entities → EntityPlan: one scan each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from analytics_gql.access.caller import Caller
from analytics_gql.errors import UnknownNameError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.records import Records
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.plan.nodes import EntityPlan, RecordPlan, Scan
from analytics_gql.plan.tenant_scope import scan
from analytics_gql.query.keyset import SortItem
from analytics_gql.query.metric_query import Ordering
from analytics_gql.query.predicate import conjuncts, fields_of
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember, LinkMember, RowShape


def plan_records(
    query: RecordQuery, shapes: tuple[RowShape, ...], catalog: Catalog, caller: Caller
) -> RecordPlan:
    """Plan a query, or its shape, for rows of these shapes. Raises UnknownNameError."""
    records = catalog.records_of(query.records)
    restrict = conjuncts(query.where)
    order = record_order(query.order, records)
    names = [*_shape_fields(shapes), *(name for part in restrict for name in fields_of(part))]
    names += [item.field for item in order]
    expressions = [field_of(records.rows, name).expression for name in names]
    if query.date_range is not None and records.time is not None:
        expressions.append(records.time)
    return RecordPlan(
        records,
        _scan(records.rows, expressions, caller),
        query.date_range,
        restrict,
        order,
        query.keyset,
    )


def record_order(order: tuple[Ordering, ...], records: Records) -> tuple[SortItem, ...]:
    """The order asked for, made total by the key. Raises UnknownNameError.

    The key goes in the direction of the last item, so that an index on both serves either.
    """
    downwards = bool(order) and order[-1].descending
    items: dict[str, SortItem] = {}
    for item in (*order, *(Ordering(name, downwards) for name in records.rows.key)):
        is_nullable = field_of(records.rows, item.field).is_nullable
        items.setdefault(item.field, SortItem(item.field, item.descending, is_nullable))
    return tuple(items.values())


def plan_entities(
    name: str,
    shapes: tuple[RowShape, ...],
    catalog: Catalog,
    caller: Caller,
    *,
    has_instant: bool,
) -> EntityPlan:
    """Plan a look-up of an entity for rows of these shapes. Raises UnknownNameError."""
    entity = catalog.entity(name)
    names = (*entity.rows.key, *_shape_fields(shapes))
    expressions = [field_of(entity.rows, name).expression for name in names]
    expressions += [part for part in (entity.time, entity.available_at) if part is not None]
    return EntityPlan(entity, _scan(entity.rows, expressions, caller), has_instant)


def field_of(rows: RowType, name: str) -> RowField:
    """The field of that name. Raises UnknownNameError with a suggestion."""
    try:
        return rows.field_named[name]
    except KeyError:
        names = list(rows.field_named)
        raise UnknownNameError(
            f"{rows.name} has no field '{name}'",
            hint=suggest(name, names, f"it has {', '.join(names)}"),
        ) from None


def _shape_fields(shapes: tuple[RowShape, ...]) -> Iterator[str]:
    for member in (member for shape in shapes for member in shape):
        if isinstance(member, FieldMember):
            yield member.field
        elif isinstance(member, LinkMember):
            yield from member.by


def _scan(rows: RowType, expressions: Iterable[exp.Expr], caller: Caller) -> Scan:
    columns = {
        column.name for expression in expressions for column in expression.find_all(exp.Column)
    }
    return scan(rows.relation, caller, alias=rows.alias, columns=columns)
