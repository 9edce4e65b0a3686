"""Sources: the tables and joins that expressions stand on, described by the warehouse."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from analytics_gql.binding.tables import REFUSALS, TIMES, Key, Tables, alone
from analytics_gql.model.dataset import Join, Source
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.relation import Place, Relation
from analytics_gql.sql.expressions import as_text, column, text
from analytics_gql.sql.probes import collation_probe, type_probe


class SourceBinder:
    """Binds one source. Its tables may be missing: that is told already."""

    def __init__(self, tables: Tables, source: Source) -> None:
        self.tables = tables
        self.source = source
        self.relations = {source.name: source.relation} | {
            join.name: join.relation for join in source.joins
        }
        self.broken: set[str] = set()
        """The names of joins that cannot be described."""

    async def bind(self) -> Source:
        """The source with every kind filled in; its joins are proven many-to-one."""
        source = self.source
        joins: list[Join] = []
        for join in source.joins:
            place, what = join.relation.place, f"@join '{join.name}'"
            kind = await self.kind(join.on, place, what)
            if kind is None or not await self._compares_alike(join):
                self.broken.add(join.name)
            else:
                await self.tables.prove_unique(
                    Key(
                        join.relation,
                        join.name,
                        tuple(column(name, join.name) for name in join.keys),
                        conditions=join.conditions,
                    ),
                    what,
                    is_fault="is not many-to-one",
                    hint="join by a unique key; a duplicate would count what joins it twice",
                )
            joins.append(replace(join, relation=await self.relation(join.relation)))
        relation = await self.relation(source.relation)
        place = relation.place
        time_kind = None
        if source.time is not None:
            for zone in (source.timezone, source.stored_in):
                await self.tables.check_zone(zone, place)
            what = f"the time of '{source.name}'"
            time_kind = await self.kind(source.time, place, what)
            if time_kind is not None and time_kind not in TIMES:
                self.tables.fault(
                    place,
                    f"{what} is {time_kind.value}",
                    "name a date or timestamp; cast text with CAST(column AS DATE)",
                )
        return replace(source, relation=relation, joins=tuple(joins), time_kind=time_kind)

    async def _compares_alike(self, join: Join) -> bool:
        """Whether both sides of each equality are of one kind; a fault where they are not.

        An engine would convert one side, and keys that are unique as they are stored ('1' and
        '01') may be equal as they are compared.
        """
        place, what = join.relation.place, f"@join '{join.name}'"
        for part in join.on.flatten() if isinstance(join.on, exp.And) else [join.on]:
            equality = part.unnest()
            if not isinstance(equality, exp.EQ) or not (
                equality.this.find(exp.Column) and equality.expression.find(exp.Column)
            ):
                continue
            probed = SourceBinder(self.tables, self.source)
            left = await probed.kind(equality.this, place, what)
            right = await probed.kind(equality.expression, place, what)
            if left is None or right is None:
                return False
            if left is not right and not {left, right} <= _EXACT_NUMBERS:
                self.tables.fault(
                    place,
                    f"{what} compares {left.value} with {right.value}",
                    "join columns of one type, or CAST the side that the key is not on",
                )
                return False
        return True

    async def relation(self, relation: Relation) -> Relation:
        """The relation with its tenant's kind; its own expressions are checked."""
        if relation.table not in self.tables.columns:
            return relation
        place, binder = relation.place, SourceBinder(self.tables, alone(relation))
        if relation.where is not None:
            kind = await binder.kind(relation.where, place, "`where`")
            if kind not in (None, ColumnKind.BOOLEAN):
                self.tables.fault(
                    place, f"`where` is {kind.value}", "compare something: where: \"status = 'x'\""
                )
        if relation.version is not None:
            await binder.kind(relation.version, place, "`version`")
        if relation.tenant is None:
            return relation
        kind = await self.tables.column_kind(relation, relation.tenant, place, "the tenant")
        if kind not in (ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID, None):
            self.tables.fault(
                place,
                f"the tenant column {relation.table}.{relation.tenant} is {kind.value}",
                "a tenant is text, an integer or a UUID",
            )
        if kind is ColumnKind.TEXT:
            await binder.check_collation(
                column(relation.tenant, binder.source.name),
                place,
                "the tenant",
                hint="store the tenant in a column of plain text",
            )
        return replace(relation, tenant_kind=kind)

    async def kind(self, expression: exp.Expr, place: Place, what: str) -> ColumnKind | None:
        """The kind of an expression; None where it, or what it stands on, has a fault."""
        kinds: list[ColumnKind | None] = []
        for part in expression.find_all(exp.Column):
            relation = self.relations[part.table or self.source.name]
            if relation.table in self.tables.columns:
                kinds.append(await self.tables.column_kind(relation, part.name, place, what))
            else:
                kinds.append(None)
        if None in kinds or self.source.relation.table not in self.tables.columns:
            return None
        if isinstance(expression, exp.Column):
            return kinds[0]
        needed = self._needed(expression)
        if self.broken & {join.name for join in needed}:
            return None
        probed = replace(self.source, joins=needed)
        return await self.tables.described(probed, expression, place, what)

    async def is_accepted(self, expression: exp.Expr, as_kind: ColumnKind | None = None) -> bool:
        """Whether the warehouse takes an expression whose columns exist, without a fault if not.

        Where a join is at fault, nothing is held against what uses it.
        """
        needed = self._needed(expression)
        if self.broken & {join.name for join in needed}:
            return True
        probed = replace(self.source, joins=needed)
        warehouse = self.tables.warehouse
        try:
            kinds = await warehouse.kinds(type_probe(probed, (expression,), warehouse.dialect))
        except REFUSALS:
            return False
        return as_kind in (None, kinds[0])

    async def check_text(
        self,
        expression: exp.Expr,
        kind: ColumnKind | None,
        declared: FieldType,
        place: Place,
        what: str,
    ) -> None:
        """Report what is sent as text and is not: documents (jsonb), arrays, records."""
        if not declared.is_text or kind not in (ColumnKind.TEXT, ColumnKind.OTHER):
            return
        if kind is ColumnKind.TEXT:
            # Text is compared and sorted by code point, which a document has no order for.
            sorted_text = self.tables.warehouse.dialect.by_code_point(expression.copy())
            if sorted_text == expression or await self.is_accepted(sorted_text):
                written = expression.name if isinstance(expression, exp.Column) else "…"
                await self.check_collation(
                    expression,
                    place,
                    what,
                    hint="compare it as plain text: "
                    f'sql: "CAST({written} AS TEXT) COLLATE \\"C\\""',
                )
                return
        elif await self.is_accepted(
            # Scalars of any type can be put together with text; arrays take in what follows.
            exp.DPipe(this=expression.copy(), expression=as_text(text(""))),
            as_kind=ColumnKind.TEXT,
        ):
            return
        self.tables.fault(
            place,
            f"{what} is declared {declared.value}, and the warehouse has no plain text",
            'choose a part of it, or write it as text: sql: "CAST(column AS TEXT)"',
        )

    async def check_collation(
        self, expression: exp.Expr, place: Place, what: str, *, hint: str
    ) -> None:
        """Report text of which an engine takes different values for the same.

        It groups and joins by what is declared of the column; pages, cursors and other engines
        go by the code points: sums would be those of other groups than the ones that are shown.
        """
        needed = self._needed(expression)
        if self.broken & {join.name for join in needed}:
            return
        probed = replace(self.source, joins=needed)
        probe = collation_probe(probed, expression, self.tables.warehouse.dialect)
        if await self.tables.warehouse.first_row(probe) == (True,):
            return
        self.tables.fault(
            place,
            f"{what} does not tell texts apart by their characters: its column ignores case or "
            "accents (citext, a collation)",
            hint,
        )

    def _needed(self, expression: exp.Expr) -> tuple[Join, ...]:
        """The joins that an expression needs, in their order."""
        names = {part.table for part in expression.find_all(exp.Column)}
        for join in reversed(self.source.joins):
            if join.name in names:
                names |= set(join.needs)
        return tuple(join for join in self.source.joins if join.name in names)


_EXACT_NUMBERS = {ColumnKind.INTEGER, ColumnKind.DECIMAL}
