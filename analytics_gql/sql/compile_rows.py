"""RecordPlan and EntityPlan → statements over one scan, whose rows are texts (see RowLayout)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.plan.nodes import EntityPlan, RecordPlan
from analytics_gql.query.keyset import SortItem, Stretch, stretches, within
from analytics_gql.query.line_layout import LineForm, LineLayout
from analytics_gql.query.predicate import Predicate, Slot, fields_of
from analytics_gql.query.row_shape import FieldMember, LinkMember, RowLayout, RowShape
from analytics_gql.sql.builder import StatementBuilder, conjunction
from analytics_gql.sql.compile import proven
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import (
    aliased,
    as_text,
    call,
    column,
    enclosed,
    local_with_offset,
    ordered,
)
from analytics_gql.sql.json_shape import (
    json_row,
    json_string,
    key_text,
    position_text,
    row_text,
)
from analytics_gql.sql.line_text import line_of, member_text
from analytics_gql.sql.predicates import Operand, condition
from analytics_gql.sql.statement import Origin, Parameter, Statement
from analytics_gql.sql.values import moment, operand, sent_value


def compile_records(
    plan: RecordPlan, layout: RowLayout, catalog: Catalog, dialect: Dialect, *, pretty: bool = False
) -> Statement:
    """The rows of a part of the records, in their order, and as many as are to be fetched.

    The page is cut out before any JSON is written: engines would write it for every row they sort.
    """
    rows = _Rows(plan.records.rows, StatementBuilder(dialect))
    parts = [rows.json(shape) for shape in layout.shapes]
    if layout.has_position:
        parts.append(position_text([rows.string(item.field) for item in plan.order]))
    select = exp.Select(
        expressions=[aliased(row_text(parts), "row")],
        from_=exp.From(this=rows.named(_page(plan, rows))),
        order=rows.order(plan.order, backwards=plan.backwards),
    )
    return proven(select, rows.builder, catalog, pretty=pretty)


def compile_record_lines(
    plan: RecordPlan,
    layout: LineLayout,
    catalog: Catalog,
    dialect: Dialect,
    *,
    pretty: bool = False,
) -> Statement:
    """The lines of the records in their order.

    Sorted before any text is written: engines keep the order of a sub-query, and to sort by it
    once more would keep all of it in memory twice.
    """
    rows = _Rows(plan.records.rows, StatementBuilder(dialect))
    fields = {member.field for member in layout.shape if isinstance(member, FieldMember)}
    members = {name: rows.member(name, layout.form) for name in fields}
    texts = {name for name in fields if rows.type.field_named[name].type.is_text}
    line = line_of(layout, members, texts, dialect)
    records = _from_scan(plan, rows, [column(name) for name in plan.scan.columns], ())
    records.set("order", rows.order(plan.order, backwards=False))
    if layout.is_limited:
        records.set("limit", rows.builder.row_limit())
    select = exp.Select(
        expressions=line.columns,
        from_=exp.From(this=rows.named(records)),
    )
    return proven(select, rows.builder, catalog, pretty=pretty, quoted=line.quoted)


def _page(plan: RecordPlan, rows: _Rows) -> exp.Select:
    """The columns of a page's rows.

    Where NULLs may stand at the end of the order, an index that could find the page is of no use
    to a condition that lets them in: rows with a value and rows without are read apart.
    """
    parts: tuple[Stretch, ...] = ()
    if plan.order[0].is_nullable and rows.can_seek(plan.order[0]):
        parts = stretches(plan.keyset, plan.order)
    if len(parts) < 2:
        whole = Stretch(within(plan.keyset, plan.order), plan.order)
        return _stretch(plan, rows, *(parts or (whole,)))
    union = exp.Union(
        this=exp.Subquery(this=_stretch(plan, rows, parts[0])),
        expression=exp.Subquery(this=_stretch(plan, rows, parts[1])),
        distinct=False,
    )
    return exp.Select(
        expressions=[column(name) for name in plan.scan.columns],
        from_=exp.From(this=rows.named(union)),
        order=rows.order(plan.order, backwards=plan.backwards),
        limit=rows.builder.row_limit(),
    )


def _stretch(plan: RecordPlan, rows: _Rows, stretch: Stretch) -> exp.Select:
    """The columns of the rows of a stretch, in its order and as many as a page may need."""
    columns: list[exp.Expr] = [column(name) for name in plan.scan.columns]
    select = _from_scan(plan, rows, columns, stretch.conditions)
    select.set("order", rows.order(stretch.items, backwards=plan.backwards))
    select.set("limit", rows.builder.row_limit())
    return select


def compile_record_count(
    plan: RecordPlan, catalog: Catalog, dialect: Dialect, *, pretty: bool = False
) -> Statement:
    """How many records there are on all pages."""
    rows = _Rows(plan.records.rows, StatementBuilder(dialect))
    count = as_text(exp.Count(this=exp.Star(), big_int=True))
    select = _from_scan(plan, rows, [aliased(count, "rows")], ())
    return proven(select, rows.builder, catalog, pretty=pretty)


def _from_scan(
    plan: RecordPlan, rows: _Rows, projections: list[exp.Expr], keyset: tuple[Predicate, ...]
) -> exp.Select:
    """A SELECT from the scan of records, with all that holds for them."""
    conditions: list[exp.Expr] = []
    select = exp.Select(expressions=projections, from_=exp.From(this=rows.builder.scan(plan.scan)))
    if plan.date_range is not None and plan.records.time is not None:
        time = rows.moment(plan.records.time, plan.records.time_kind)
        conditions += rows.builder.within(
            plan.date_range, time.expression, time.kind, timezone="UTC", stored_in="UTC"
        )
    conditions += rows.conditions(plan.restrict)
    conditions += rows.conditions(keyset, are_of_order=True)
    if conditions:
        select.set("where", exp.Where(this=conjunction(conditions)))
    return select


def compile_entities(
    plan: EntityPlan,
    shapes: tuple[RowShape, ...],
    catalog: Catalog,
    dialect: Dialect,
    *,
    pretty: bool = False,
) -> Statement:
    """One row for each key: the key as EntityQuery has it, then the JSON of each shape.

    Slot n holds the values of the key's n-th field, all of one length; the slot after them the
    instant.
    """
    rows = _Rows(plan.entity.rows, StatementBuilder(dialect))
    key = [rows.string(name) for name in plan.entity.rows.key]
    text = aliased(row_text([key_text(key), *(rows.json(shape) for shape in shapes)]), "row")
    scanned = rows.builder.scan(plan.scan)
    conditions = [rows.is_one_of_keys()]
    if plan.entity.time is None:
        select = exp.Select(
            expressions=[text],
            from_=exp.From(this=scanned),
            where=exp.Where(this=conjunction(conditions)),
        )
        return proven(select, rows.builder, catalog, pretty=pretty)
    if plan.has_instant:
        conditions += rows.known_at_instant(plan)
    versions = exp.Select(
        expressions=[*(column(name) for name in plan.scan.columns), _newest_first(plan, rows)],
        from_=exp.From(this=scanned),
        where=exp.Where(this=conjunction(conditions)),
    )
    select = exp.Select(
        expressions=[text],
        from_=exp.From(this=rows.named(versions)),
        where=exp.Where(
            this=exp.EQ(this=column(_free_name(plan)), expression=exp.Literal.number(1)),
        ),
    )
    return proven(select, rows.builder, catalog, pretty=pretty)


def _free_name(plan: EntityPlan) -> str:
    """The place of a row among those of its key, under a name that no column read has."""
    name = "_version"
    while name in {column.lower() for column in plan.scan.columns}:
        name += "_"
    return name


def _newest_first(plan: EntityPlan, rows: _Rows) -> exp.Expr:
    """Numbers the rows of each key from the newest on."""
    entity = plan.entity
    times = [
        (time, kind)
        for time, kind in (
            (entity.time, entity.time_kind),
            (entity.available_at, entity.available_kind),
        )
        if time is not None
    ]
    # Two wall times may be one instant; keys are unique by what is stored.
    moments = [enclosed(time.copy()) for time, _ in times]
    if entity.rows.stored_in != "UTC":
        moments = [*(rows.moment(time, kind).expression for time, kind in times), *moments]
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[item.expression.copy() for item in plan.entity.rows.key_fields],
        order=exp.Order(expressions=[ordered(time, descending=True) for time in moments]),
    )
    return aliased(number, _free_name(plan))


@dataclass
class _Rows:
    """The expressions of one row type in one statement; lives as long as that is built."""

    type: RowType
    builder: StatementBuilder

    @property
    def dialect(self) -> Dialect:
        return self.builder.dialect

    def json(self, shape: RowShape) -> exp.Expr:
        fields = {member.field for member in shape if isinstance(member, FieldMember)}
        links = {name for m in shape if isinstance(m, LinkMember) for name in m.by}
        return json_row(
            shape,
            {name: self.member(name) for name in fields},
            {name: self.string(name) for name in links},
        )

    def member(self, name: str, form: LineForm = LineForm.JSON) -> exp.Expr:
        """A field's JSON, or how it stands in another form of line."""
        item = self.type.field_named[name]
        shown = self._shown(item)
        if item.type is FieldType.INT:  # of 32 bits, as GraphQL has it; the column may be wider
            shown = exp.cast(shown, exp.DType.INT)
        return member_text(shown, item.type, form, self.dialect)

    def string(self, name: str) -> exp.Expr:
        """A field's text as a JSON string."""
        item = self.type.field_named[name]
        return json_string(self._shown(item), item.type)

    def _shown(self, item: RowField) -> exp.Expr:
        value = sent_value(
            item.expression.copy(),
            item.type,
            item.kind,
            self.dialect,
            stored_in=self.type.stored_in,
        )
        return local_with_offset(value, "UTC") if item.type is FieldType.DATE_TIME else value

    def operand(self, name: str) -> Operand:
        item = self.type.field_named[name]
        return operand(
            item.expression.copy(),
            item.type,
            item.kind,
            self.dialect,
            stored_in=self.type.stored_in,
        )

    def moment(self, time: exp.Expr, kind: ColumnKind | None) -> Operand:
        """A time of the rows that is no field."""
        return moment(time.copy(), kind, self.dialect, stored_in=self.type.stored_in)

    def named(self, query: exp.Query) -> exp.Subquery:
        """A sub-query of the table's columns, under the name that expressions qualify them by."""
        name = exp.Identifier(this=self.type.alias, quoted=True)
        return exp.Subquery(this=query, alias=exp.TableAlias(this=name))

    def order(self, items: tuple[SortItem, ...], *, backwards: bool) -> exp.Order:
        return exp.Order(expressions=[self._sorted_by(item, backwards=backwards) for item in items])

    def can_seek(self, item: SortItem) -> bool:
        """Whether the engine may have an index on what is sorted by first."""
        is_column = isinstance(self.operand(item.field).expression, exp.Column)
        return self.dialect.seeks_in_indexes and is_column and item.field not in self.type.key

    def _sorted_by(self, item: SortItem, *, backwards: bool) -> exp.Ordered:
        """The very expression that a keyset compares."""
        value = self.sorted_operand(item.field).expression
        sorted_by = ordered(value, descending=item.descending, backwards=backwards)
        if not item.is_nullable:
            # Nothing is said of NULLs, so that an index serves, whichever way it is read.
            downwards = bool(sorted_by.args["desc"])
            sorted_by.set("nulls_first", downwards and self.dialect.sorts_nulls_as_large)
        return sorted_by

    def sorted_operand(self, name: str) -> Operand:
        """A field as rows are sorted by it; equal, too, is what is equal in that order."""
        plain = self.operand(name)
        if plain.kind is not ColumnKind.TEXT:
            return plain
        return replace(plain, expression=self.dialect.by_code_point(plain.expression))

    def conditions(
        self, parts: Iterable[Predicate], *, are_of_order: bool = False
    ) -> list[exp.Expr]:
        found: list[exp.Expr] = []
        operand_of = self.sorted_operand if are_of_order else self.operand
        for part in parts:
            operands = {name: operand_of(name) for name in set(fields_of(part))}
            found.append(condition(part, operands, self.builder.value, self.dialect))
        return found

    # --- keys and instants -------------------------------------------------------------------

    def is_one_of_keys(self) -> exp.Expr:
        """`key = ANY($n)`; a key of several fields is one of the rows that their lists make."""
        key = self.type.key_fields
        lists = [
            self.builder.parameter(
                Parameter(Origin.VALUE, item.kind or ColumnKind.TEXT, number, many=True)
            )
            for number, item in enumerate(key)
        ]
        if len(key) == 1:
            member = call("ANY", lists[0])
            return exp.EQ(this=enclosed(key[0].expression.copy()), expression=member)
        rows = exp.Select(expressions=[call("UNNEST", values) for values in lists])
        fields = exp.Tuple(expressions=[enclosed(item.expression.copy()) for item in key])
        return exp.In(this=fields, query=exp.Subquery(this=rows))

    def known_at_instant(self, plan: EntityPlan) -> list[exp.Expr]:
        """What was valid, and known, at the instant that is asked for."""
        slot = len(self.type.key)
        found: list[exp.Expr] = []
        for time, kind in (
            (plan.entity.time, plan.entity.time_kind),
            (plan.entity.available_at, plan.entity.available_kind),
        ):
            if time is not None:
                instant = self.moment(time, kind)
                value = self.builder.value(Slot(slot), instant, many=False)
                found.append(exp.LTE(this=instant.expression, expression=value))
        return found
