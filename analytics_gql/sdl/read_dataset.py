"""One type with @dataset → Dataset: its sources and joins, its dimensions, its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    print_ast,
)
from sqlglot import exp

from analytics_gql.errors import Fault, suggest
from analytics_gql.model.components import Component
from analytics_gql.model.dataset import (
    Dataset,
    Dimension,
    DimensionColumn,
    Metric,
    Place,
    Relation,
    Source,
    TimeDimension,
)
from analytics_gql.model.kinds import FieldType
from analytics_gql.sdl.applied import arguments_of, check_repeats
from analytics_gql.sdl.expressions import (
    ComponentRegistry,
    ExpressionError,
    Scope,
    check_metric,
    check_row_level,
    metric_names,
    parse_expression,
    parse_table,
    quoted,
    unique_name,
)
from analytics_gql.sdl.files import place
from analytics_gql.sdl.joins import JoinSpec, build_joins
from analytics_gql.sdl.vocabulary import (
    DATASET_DIRECTIVES,
    FIELD_DIRECTIVES,
    FIELD_TYPES,
    enum_name,
    snake_case,
)


def read_dataset(node: ObjectTypeDefinitionNode, faults: list[Fault]) -> Dataset | None:
    """Read one dataset; None if its own table cannot be told. Faults are appended."""
    return _Reader(node, faults).read()


class _Reader:
    """Reads one dataset; lives as long as that takes."""

    def __init__(self, node: ObjectTypeDefinitionNode, faults: list[Fault]) -> None:
        self.node = node
        self.name = node.name.value
        self.faults = faults
        self.scope = Scope({})
        self.own = ""
        self.taken: set[str] = set()

    def fault(self, node: Any, message: str, hint: str) -> None:
        file, line = place(node)
        self.faults.append(Fault(file, line, message, hint))

    def faults_of(self, node: Any, what: str) -> _FaultsOf:
        """Turn an ExpressionError into a fault at the node, and go on after the block."""
        return _FaultsOf(self, node, what)

    def read(self) -> Dataset | None:
        directives = tuple(self.node.directives or ())
        check_repeats(directives, self.faults)
        sources = self._sources(directives)
        if not sources:
            return None
        self.own = sources[0].name
        fields = self._fields()
        time = self._time(fields, sources[0])
        dimensions = self._dimensions(fields, sources)
        metrics = self._metrics(fields)
        return Dataset(
            self.name,
            sources,
            time,
            dimensions,
            metrics,
            Place(*place(self.node)),
            _description(self.node),
        )

    # --- sources and joins -------------------------------------------------------------------

    def _sources(self, directives: tuple[ConstDirectiveNode, ...]) -> tuple[Source, ...]:
        applied = [
            (directive, arguments)
            for directive in directives
            if directive.name.value in DATASET_DIRECTIVES
            and (arguments := arguments_of(directive, self.faults)) is not None
        ]
        drafts: list[tuple[ConstDirectiveNode, dict[str, Any], str, Relation]] = []
        for directive, arguments in applied:
            if directive.name.value == "join":
                continue
            relation = self._relation(directive, arguments)
            if relation is None:
                continue
            name = arguments.get("name") or relation.table.parts[-1]
            if directive.name.value == "dataset":
                drafts.insert(0, (directive, arguments, name, relation))
            else:
                drafts.append((directive, arguments, name, relation))
        if not drafts or drafts[0][0].name.value != "dataset":
            return ()
        owners: dict[str, str] = {}
        for directive, _, name, _ in drafts:
            if name in owners:
                self.fault(directive, f"two sources are called '{name}'", "rename one of them")
            owners[name] = name
        own = drafts[0][2]
        joins: list[JoinSpec] = []
        for directive, arguments in applied:
            if directive.name.value != "join":
                continue
            relation = self._relation(directive, arguments)
            source = arguments["source"] or own
            if source not in [draft[2] for draft in drafts]:
                self.fault(
                    directive,
                    f"@join '{arguments['name']}' starts at '{source}', which is no source",
                    suggest(source, [draft[2] for draft in drafts], "name a @source"),
                )
                continue
            if arguments["name"] in owners:
                self.fault(
                    directive,
                    f"the name '{arguments['name']}' is taken by another source or join",
                    "give the join another name",
                )
                continue
            owners[arguments["name"]] = source
            if relation is not None:
                joins.append(
                    JoinSpec(directive, arguments["name"], source, relation, arguments["on"])
                )
        self.scope = Scope(owners)
        return tuple(
            self._source(directive, arguments, name, relation, joins, drafts[0][1])
            for directive, arguments, name, relation in drafts
        )

    def _relation(
        self, directive: ConstDirectiveNode, arguments: dict[str, Any]
    ) -> Relation | None:
        what = f"@{directive.name.value}"
        with self.faults_of(directive, what):
            table = parse_table(arguments["table"])
            where = None
            if arguments.get("where"):
                where = parse_expression(arguments["where"])
                check_row_level(where, arguments["where"])
                for column in where.find_all(exp.Column):
                    if column.table:
                        raise ExpressionError(
                            f"`where` speaks of '{column.table}'; it sees the table's own columns",
                            "filter by a dimension, or in a metric with filter (where …)",
                        )
                    column.set("this", quoted(column.this))
            version = arguments["version"]
            if version:
                tree = parse_expression(version)
                check_metric(tree, version)
                for name in metric_names(tree):
                    raise ExpressionError(
                        f"the version `{version}` does not aggregate `{name}`",
                        f"write max({name})",
                    )
            tenant = arguments["tenant"]
            if tenant is not None:
                named = parse_expression(tenant)
                if not isinstance(named, exp.Column) or named.table:
                    raise ExpressionError(
                        f"the tenant `{tenant}` is not a column", "name one column of the table"
                    )
                tenant = quoted(named.this).name
            return Relation(
                table, tenant, arguments["shared"], where, version, Place(*place(directive))
            )
        return None

    def _source(
        self,
        directive: ConstDirectiveNode,
        arguments: dict[str, Any],
        name: str,
        relation: Relation,
        joins: list[JoinSpec],
        dataset_arguments: dict[str, Any],
    ) -> Source:
        what = f"@{directive.name.value}"
        built = build_joins(name, [join for join in joins if join.source == name], self.faults)
        for zone in ("timezone", "storedIn"):
            try:
                ZoneInfo(arguments[zone])
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self.fault(
                    directive,
                    f"{what}: {zone} '{arguments[zone]}' is no time zone",
                    "use a name of the IANA database such as Europe/Berlin",
                )
        time = None
        if arguments["time"]:
            with self.faults_of(directive, f"{what}, time"):
                time = self._row_expression(arguments["time"], name)
        if bool(arguments["time"]) != bool(dataset_arguments["time"]):
            self.fault(
                directive,
                f"the source '{name}' has {'a' if arguments['time'] else 'no'} time, "
                f"the dataset has {'one' if dataset_arguments['time'] else 'none'}",
                "give each source of a dataset a time, or none",
            )
        return Source(name, relation, time, arguments["timezone"], arguments["storedIn"], built)

    def _row_expression(self, sql: str, source: str) -> exp.Expr:
        """An expression over the columns of one source and its joins, columns qualified."""
        tree = parse_expression(sql)
        check_row_level(tree, sql)
        resolved, qualifiers = self.scope.resolve(tree, source, sql)
        foreign = sorted(self.scope.sources_of(qualifiers) - {source})
        if foreign:
            raise ExpressionError(
                f"`{sql}` reads the source '{foreign[0]}', which is another fact than '{source}'",
                "use columns of the source itself or of its joins",
            )
        return resolved

    # --- fields ------------------------------------------------------------------------------

    def _fields(self) -> dict[str, list[tuple[FieldDefinitionNode, FieldType, dict[str, Any]]]]:
        """Fields by directive (`time`, `dimension`, `metric`), with type and arguments."""
        found: dict[str, list[tuple[FieldDefinitionNode, FieldType, dict[str, Any]]]] = {
            name: [] for name in sorted(FIELD_DIRECTIVES)
        }
        for field in self.node.fields or ():
            check_repeats(tuple(field.directives or ()), self.faults)
            name = f"{self.name}.{field.name.value}"
            applied = [
                directive
                for directive in field.directives or ()
                if directive.name.value in FIELD_DIRECTIVES
            ]
            if len(applied) != 1:
                self.fault(
                    field,
                    f"{name} has {'no' if not applied else 'more than one'} meaning",
                    "give it one of @time, @dimension(…), @metric(sql: …)",
                )
                continue
            if field.arguments:
                self.fault(field, f"{name} takes arguments", "take them away; no verb reads them")
            arguments = arguments_of(applied[0], self.faults)
            field_type = self._field_type(field, name)
            if arguments is not None and field_type is not None:
                found[applied[0].name.value].append((field, field_type, arguments))
        return found

    def _field_type(self, field: FieldDefinitionNode, name: str) -> FieldType | None:
        if isinstance(field.type, NamedTypeNode) and field.type.name.value in FIELD_TYPES:
            return FieldType(field.type.name.value)
        self.fault(
            field,
            f"{name} is of type {print_ast(field.type)}",
            f"use one of {', '.join(FIELD_TYPES)}, without `!`: any of them can be missing",
        )
        return None

    def _time(
        self,
        fields: dict[str, list[tuple[FieldDefinitionNode, FieldType, dict[str, Any]]]],
        own: Source,
    ) -> TimeDimension | None:
        for field, _, _ in fields["time"][1:]:
            self.fault(field, "a second @time", "a dataset has one time dimension")
        if not fields["time"]:
            return None
        field, field_type, _ = fields["time"][0]
        name = field.name.value
        if field_type not in (FieldType.DATE, FieldType.DATE_TIME):
            self.fault(
                field, f"the time {name} is of type {field_type.value}", "use Date or DateTime"
            )
        if own.time is None and not any(
            fault.message.startswith("@dataset, time") for fault in self.faults
        ):
            self.fault(
                field,
                f"{name} is the time of a dataset whose @dataset has no `time`",
                'add time: "column" to @dataset',
            )
        return TimeDimension(
            name,
            field_type,
            unique_name(snake_case(name), self.taken),
            Place(*place(field)),
            _description(field),
        )

    def _dimensions(
        self,
        fields: dict[str, list[tuple[FieldDefinitionNode, FieldType, dict[str, Any]]]],
        sources: tuple[Source, ...],
    ) -> tuple[Dimension, ...]:
        dimensions: list[Dimension] = []
        for field, field_type, arguments in fields["dimension"]:
            name = field.name.value
            columns: list[DimensionColumn] = []
            written = [(self.own, arguments["sql"])]
            written += [(entry["name"], entry.get("sql")) for entry in arguments["sources"] or ()]
            for source, sql in written:
                if source not in {known.name for known in sources}:
                    self.fault(
                        field,
                        f"the dimension {name} stands in '{source}', which is no source",
                        suggest(source, [known.name for known in sources], "name a @source"),
                    )
                    continue
                with self.faults_of(field, f"the dimension {name}"):
                    expression = (
                        self._row_expression(sql, source)
                        if sql
                        else exp.column(quoted(snake_case(name)), table=quoted(source, fold=False))
                    )
                    columns.append(DimensionColumn(source, expression))
            dimensions.append(
                Dimension(
                    name,
                    field_type,
                    enum_name(name),
                    unique_name(snake_case(name), self.taken),
                    tuple(columns),
                    Place(*place(field)),
                    _description(field),
                )
            )
        return tuple(dimensions)

    # --- metrics -----------------------------------------------------------------------------

    def _metrics(
        self, fields: dict[str, list[tuple[FieldDefinitionNode, FieldType, dict[str, Any]]]]
    ) -> tuple[Metric, ...]:
        drafts: dict[str, tuple[FieldDefinitionNode, FieldType, dict[str, Any], exp.Expr]] = {}
        for field, field_type, arguments in fields["metric"]:
            with self.faults_of(field, f"the metric {field.name.value}"):
                tree = parse_expression(arguments["sql"])
                check_metric(tree, arguments["sql"])
                drafts[field.name.value] = (field, field_type, arguments, tree)
        registry = ComponentRegistry(self.scope, self.own, self.taken)
        all_names = [field.name.value for field, _, _ in fields["metric"]]
        columns = set(self.taken)
        finished: dict[str, Metric] = {}
        broken: set[str] = set(all_names) - set(drafts)

        def metric(name: str, path: tuple[str, ...]) -> Metric | None:
            """Finish a metric after those that it is derived from; None if it is at fault."""
            if name in finished or name in broken:
                return finished.get(name)
            field, field_type, arguments, tree = drafts[name]
            broken.add(name)  # until it is finished: a fault in it must be told once
            for other in dict.fromkeys(metric_names(tree)):
                if other in (*path, name):
                    cycle = " → ".join(
                        [*path[path.index(other) if other in path else len(path) :], name, other]
                    )
                    self.fault(
                        field,
                        f"the metric {name} is derived from itself: {cycle}",
                        "break the cycle",
                    )
                    return None
                if other not in all_names:
                    self._unknown_metric(field, name, other, all_names)
                    return None
                if metric(other, (*path, name)) is None:
                    return None
            with self.faults_of(field, f"the metric {name}"):
                components: list[Component] = []

                def expression_of(other: str) -> exp.Expr:
                    components.extend(finished[other].components)
                    return finished[other].expression

                expression, own = registry.finish(tree, arguments["sql"], expression_of)
                if not (own or components):
                    raise ExpressionError(
                        f"`{arguments['sql']}` has no aggregate",
                        "aggregate a column, as in sum(column)",
                    )
                _check_type(field_type, expression, arguments["sql"])
                finished[name] = Metric(
                    name,
                    field_type,
                    unique_name(snake_case(name), columns),
                    arguments["sql"],
                    expression,
                    tuple(dict.fromkeys((*components, *own))),
                    Place(*place(field)),
                    arguments["unit"],
                    arguments["format"],
                    arguments["better"],
                    float(arguments["cost"]),
                    _description(field),
                )
                broken.discard(name)
            return finished.get(name)

        for name in drafts:
            metric(name, ())
        return tuple(finished[name] for name in all_names if name in finished)

    def _unknown_metric(
        self, field: FieldDefinitionNode, name: str, other: str, known: list[str]
    ) -> None:
        self.fault(
            field,
            f"the metric {name}: '{other}' is no metric of {self.name}, "
            "and as a column it is not inside an aggregate",
            suggest(other, known, f"write sum({other}) if it is a column"),
        )


@dataclass(frozen=True, slots=True)
class _FaultsOf:
    """See _Reader.faults_of."""

    reader: _Reader
    node: Any
    what: str

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, ExpressionError):
            return False
        self.reader.fault(self.node, f"{self.what}: {error.message}", error.hint)
        return True


def _check_type(field_type: FieldType, expression: exp.Expr, sql: str) -> None:
    if field_type in (FieldType.DECIMAL, FieldType.INT, FieldType.BIG_INT) and expression.find(
        exp.Div
    ):
        raise ExpressionError(
            f"`{sql}` divides (avg does, too), and {field_type.value} is exact",
            "declare the metric Float",
        )


def _description(node: ObjectTypeDefinitionNode | FieldDefinitionNode) -> str | None:
    return node.description.value if node.description else None
