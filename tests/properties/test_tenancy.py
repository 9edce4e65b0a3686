"""No row of another tenant: not in answers, not in statements, not past the proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlglot
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from sqlglot import exp

from analytics_gql.access.caller import Caller
from analytics_gql.errors import TenantProofError, TenantRequiredError
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.row_shape import RowShape
from analytics_gql.service.running import Prepared
from analytics_gql.service.service import fused
from analytics_gql.sql.statement import Origin, Parameter
from analytics_gql.sql.tenant_proof import prove_tenancy
from tests.properties.conftest import World
from tests.properties.odd_rows import TENANTS
from tests.properties.questions import ODD, Request, questions, requests
from tests.properties.test_random_queries import SETTINGS, check

TENANTED = {
    ("gold", "orders"): "org_id",
    ("gold", "products"): "org_id",
    ("gold", "customers"): "org_id",
    ("gold", "traffic"): "org_id",
}

# --- answers -------------------------------------------------------------------------------------


@given(
    request=requests(questions(ODD)),
    tenants=st.lists(
        st.sampled_from([*TENANTS, "Acme", "acme ", "%", "nobody", "acme' OR 'a' = 'a"]),
        min_size=2,
        max_size=3,
        unique=True,
    ),
)
@settings(max_examples=100, **SETTINGS)
def test_tenants_who_ask_the_same_one_after_the_other_are_answered_from_their_own_rows(
    odd: World, request: Request, tenants: list[str]
) -> None:
    for tenant in tenants:
        check(odd, request, Caller(tenant, tier=3))


@given(request=requests(questions(ODD)), is_warm=st.booleans())
@settings(max_examples=40, **SETTINGS)
def test_a_caller_without_a_tenant_is_refused_even_where_the_statement_is_known(
    odd: World, request: Request, is_warm: bool
) -> None:
    if is_warm:
        odd.ask(request, Caller("acme", tier=3))
    response = odd.ask(request, Caller(None, tier=3))
    assert response["data"] == dict.fromkeys(request.questions)
    assert [(error["path"], error["extensions"]["code"]) for error in response["errors"]] == [
        ([key], "TENANT_REQUIRED") for key in request.questions
    ]
    for query, shape in odd.read(request):
        with pytest.raises(TenantRequiredError):
            prepare(odd, query, shape, Caller(None, tier=3))


def prepare(world: World, query: MetricQuery, shape: RowShape, caller: Caller) -> Prepared:
    """The statement of one question."""
    return world.service.prepare(fused(((query, shape),), caller), caller)


# --- statements ----------------------------------------------------------------------------------


def parsed(world: World, text: str) -> exp.Select:
    """The tree of a statement's text, parameters as the compiler writes them."""
    tree = sqlglot.parse_one(text, dialect=world.service.warehouse.dialect.name)
    for placeholder in list(tree.find_all(exp.Placeholder)):  # what `$1` is read as for DuckDB
        placeholder.replace(number(int(placeholder.name)))
    assert isinstance(tree, exp.Select)
    return tree


def number(index: int) -> exp.Parameter:
    """`$1`."""
    return exp.Parameter(this=exp.Literal.number(index))


def tenanted_scans(tree: exp.Expr) -> list[exp.Table]:
    """The tables of the model in a tree; others are its common tables."""
    return [
        table
        for table in tree.find_all(exp.Table)
        if tuple(part.name for part in table.parts) in TENANTED
    ]


def members(condition: exp.Expr) -> list[exp.Expr]:
    """The members of a conjunction."""
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


@given(request=requests(questions(ODD)), tenant=st.sampled_from([*TENANTS, "gold", "$1"]))
@settings(max_examples=100, **SETTINGS)
def test_every_scan_of_every_statement_is_restricted_to_the_bound_tenant(
    odd: World, request: Request, tenant: str
) -> None:
    for query, shape in odd.read(request):
        prepared = prepare(odd, query, shape, Caller(tenant, tier=3))
        note(prepared.statement.text)
        tree = parsed(odd, prepared.statement.text)
        scans = tenanted_scans(tree)
        common = {cte.alias for cte in tree.find_all(exp.CTE)}
        assert scans
        assert {table.name for table in tree.find_all(exp.Table) if table not in scans} <= common
        for table in scans:
            select = table.find_ancestor(exp.Select)
            assert select is not None
            assert [*select.find_all(exp.Table)] == [table]
            bound = [
                prepared.parameters[int(parameter.name) - 1]
                for member in members(select.args["where"].this)
                if isinstance(member, exp.EQ) and member.this.sql() == '"org_id"'
                for parameter in member.expression.find_all(exp.Parameter)
            ]
            assert bound == [tenant]
        prove_tenancy(tree, prepared.statement.parameters, odd.service.catalog)


# --- the proof -----------------------------------------------------------------------------------


class Scan:
    """One scan in a finished statement, to be spoilt. `parameters` are the statement's."""

    def __init__(
        self, tree: exp.Select, table: exp.Table, parameters: tuple[Parameter, ...], dialect: str
    ) -> None:
        self.tree = tree
        self.table = table
        self.parameters = parameters
        self.dialect = dialect
        select = table.find_ancestor(exp.Select)
        assert select is not None
        self.select = select

    @property
    def predicate(self) -> exp.EQ:
        """`"org_id" = $1`."""
        found = self.select.args["where"].find(exp.EQ)
        assert isinstance(found, exp.EQ)
        assert found.this.name == "org_id"
        return found

    @property
    def value(self) -> exp.Expr:
        """`$1`, cast or not."""
        found = self.predicate.expression
        assert isinstance(found, exp.Expr)
        return found

    def number_of(self, origin: Origin) -> int:
        """The number of a parameter of some origin."""
        return [parameter.origin for parameter in self.parameters].index(origin) + 1

    def parse(self, sql: str) -> exp.Expr:
        """SQL in which `TABLE` is the scanned table and `TENANT` its predicate."""
        sql = sql.replace("TABLE", self.table.sql(dialect=self.dialect))
        sql = sql.replace("TENANT", f'"org_id" = ${self.number_of(Origin.TENANT)}')
        tree = sqlglot.parse_one(sql, dialect=self.dialect)
        for placeholder in list(tree.find_all(exp.Placeholder)):
            placeholder.replace(number(int(placeholder.name)))
        return tree

    def conjoin(self, sql: str) -> None:
        """Add a condition to the scan's."""
        where = self.select.args["where"]
        where.set("this", exp.And(this=where.this, expression=self.parse(sql)))

    def become(self, sql: str) -> None:
        """Replace the scan's SELECT."""
        self.select.replace(self.parse(sql))


Spoil = Callable[[Scan], Any]


def with_predicate(sql: str) -> Spoil:
    """Replace the tenant predicate."""
    return lambda scan: scan.predicate.replace(scan.parse(sql))


def with_parameter(number_of: Callable[[Scan], int]) -> Spoil:
    """Compare with another parameter."""
    return lambda scan: scan.predicate.set("expression", number(number_of(scan)))


def with_select(sql: str) -> Spoil:
    """Replace the whole scan."""
    return lambda scan: scan.become(sql)


def with_condition(sql: str) -> Spoil:
    """Add a condition beside the tenant predicate."""
    return lambda scan: scan.conjoin(sql)


def move_outwards(scan: Scan) -> None:
    outer = scan.select.find_ancestor(exp.Select)
    assert outer is not None
    predicate = scan.predicate.copy()
    scan.predicate.replace(exp.true())
    outer.where(predicate, copy=False)


def move_into_join(scan: Scan) -> None:
    predicate = scan.predicate.copy()
    scan.predicate.replace(exp.true())
    scan.select.join(exp.select("1").subquery("other"), on=predicate, join_type="left", copy=False)


def move_to(clause: type[exp.Having] | type[exp.Qualify]) -> Spoil:
    def spoil(scan: Scan) -> None:
        predicate = scan.predicate.copy()
        scan.predicate.replace(exp.true())
        scan.select.set(clause.key, clause(this=predicate))

    return spoil


def whole_or_true(scan: Scan) -> None:
    where = scan.select.args["where"]
    where.set("this", exp.Or(this=where.this, expression=exp.true()))


def with_table(name: str) -> Spoil:
    return lambda scan: scan.table.replace(scan.parse(f"SELECT 1 FROM {name}").find(exp.Table))


def with_common_table(name: str, sql: str, *, recursive: bool = False) -> Spoil:
    """Put a common table before all others."""

    def spoil(scan: Scan) -> None:
        with_ = scan.tree.args["with_"]
        cte = exp.CTE(
            this=scan.parse(sql), alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        )
        with_.set("expressions", [cte, *with_.expressions])
        with_.set("recursive", recursive)

    return spoil


def nested_join(scan: Scan) -> None:
    scan.table.set("joins", [exp.Join(this=scan.table.copy(), kind="CROSS")])


def read_again_by_its_last_name(scan: Scan) -> None:
    """`WITH "orders" AS (SELECT … FROM "orders")`: within itself the name is the stored table."""
    name = scan.table.name
    with_common_table(name, f'SELECT * FROM "{name}"')(scan)


def read_before_it_is_defined(scan: Scan) -> None:
    """A common table is not yet there for those before it: they read the stored table."""
    name = scan.table.name
    with_common_table(name, "SELECT 1")(scan)
    with_common_table("earlier", f'SELECT * FROM "{name}"')(scan)


def read_outside_its_scope(scan: Scan) -> None:
    """A common table of a subquery does not reach beyond it."""
    name = scan.table.name
    scan.conjoin(f'EXISTS (WITH "{name}" AS (SELECT 1) SELECT * FROM "{name}")')
    scan.conjoin(f'EXISTS (SELECT * FROM "{name}")')


def read_through_a_function_named_like_a_common_table(scan: Scan) -> None:
    name = next(scan.tree.find_all(exp.CTE)).alias
    scan.conjoin(f"EXISTS (SELECT * FROM {name}('gold.orders'))")


SPOILT: dict[str, Spoil] = {
    # The predicate is weakened.
    "left out": with_predicate("TRUE"),
    "left out with its WHERE": lambda scan: scan.select.set("where", None),
    "one of two": with_predicate("(TENANT OR TRUE)"),
    "one of two tenants": with_predicate("(TENANT OR \"org_id\" = 'other')"),
    "or anything": whole_or_true,
    "negated": with_predicate("NOT TENANT"),
    "negated in parentheses": with_predicate("NOT (TENANT)"),
    "compared with false": with_predicate("(TENANT) = FALSE"),
    "asked whether it is known": with_predicate("(TENANT) IS NOT NULL"),
    "in a case": with_predicate("CASE WHEN TENANT THEN TRUE ELSE TRUE END"),
    "in a function": with_predicate("coalesce(TENANT, TRUE)"),
    "in a subquery": with_predicate("EXISTS (SELECT 1 WHERE TENANT)"),
    "a literal": with_predicate("\"org_id\" = 'acme'"),
    "a literal that is cast": with_predicate("\"org_id\" = CAST('acme' AS TEXT)"),
    "itself": with_predicate('"org_id" = "org_id"'),
    "unequal": with_predicate('"org_id" <> $1'),
    "greater": with_predicate('"org_id" >= $1'),
    "alike": with_predicate('"org_id" LIKE $1'),
    "among several": with_predicate("\"org_id\" IN ($1, 'other')"),
    "between": with_predicate("\"org_id\" BETWEEN $1 AND 'z'"),
    "without its column": with_predicate("$1 = $1"),
    "of another column": with_predicate('"country" = $1'),
    "of a column named otherwise": with_predicate('"ORG_ID" = $1'),
    "of another table's column": with_predicate('"other"."org_id" = $1'),
    "of an expression": with_predicate('lower("org_id") = $1'),
    "with a default": with_predicate('coalesce("org_id", $1) = $1'),
    "of an expression of the parameter": with_predicate('"org_id" = coalesce("org_id", $1)'),
    "a parameter with a tail": lambda scan: scan.predicate.set(
        "expression", exp.DPipe(this=scan.value.copy(), expression=exp.Literal.string(""))
    ),
    "a parameter cut short": lambda scan: scan.predicate.set(
        "expression", exp.cast(number(scan.number_of(Origin.TENANT)), "VARCHAR(1)")
    ),
    "the row limit": with_parameter(lambda scan: scan.number_of(Origin.ROW_LIMIT)),
    "the range's start": with_parameter(lambda scan: scan.number_of(Origin.RANGE_START)),
    "no parameter at all": with_parameter(lambda scan: len(scan.parameters) + 1),
    "parameter zero": with_parameter(lambda scan: 0),
    "a parameter with a name": lambda scan: scan.predicate.set(
        "expression", exp.Parameter(this=exp.Var(this="tenant"))
    ),
    # It stands elsewhere.
    "outside the scan": move_outwards,
    "in a join's condition": move_into_join,
    "in HAVING": move_to(exp.Having),
    "in QUALIFY": move_to(exp.Qualify),
    # More is read than what it restricts.
    "the table twice": lambda scan: scan.select.join(
        scan.table.copy(), join_type="cross", copy=False
    ),
    "the table twice in FROM": nested_join,
    "the table in a union": with_select(
        "SELECT * FROM TABLE WHERE TENANT UNION ALL SELECT * FROM TABLE"
    ),
    "the table in parentheses": with_select("SELECT * FROM (TABLE)"),
    "the table in a lateral join": with_select(
        "SELECT * FROM TABLE AS a, LATERAL (SELECT * FROM TABLE) AS b WHERE TENANT"
    ),
    "the table in EXISTS": with_condition("EXISTS (SELECT 1 FROM TABLE)"),
    "the table in IN": with_condition("1 IN (SELECT 1 FROM TABLE)"),
    "the table in an array": with_condition("1 = ANY(ARRAY(SELECT 1 FROM TABLE))"),
    "the table in a projection": lambda scan: scan.select.select(
        scan.parse("(SELECT count(*) FROM TABLE) AS n"), copy=False
    ),
    "the table in the order of rows": lambda scan: scan.tree.order_by(
        scan.parse("(SELECT count(*) FROM TABLE)"), copy=False
    ),
    "the table in the limit": lambda scan: scan.tree.limit(
        scan.parse("(SELECT count(*) FROM TABLE)"), copy=False
    ),
    "columns by other names": with_select(
        'SELECT * FROM TABLE AS renamed("id", "org_id") WHERE TENANT'
    ),
    # What is read is not known.
    "an unknown table": with_table('"gold"."secrets"'),
    "a table of the schema that is not in the model": with_table('"gold"."organizations"'),
    "a table of another schema": with_table('"public"."orders"'),
    "a table of another database": with_table('"other"."gold"."orders"'),
    "a table without its schema": with_table('"orders"'),
    "a table spelt otherwise": with_table('"gold"."ORDERS"'),
    "a function": with_table("generate_series(1, 10)"),
    "a file": with_table("read_csv('secrets.csv')"),
    "a function named like a common table": read_through_a_function_named_like_a_common_table,
    "an unknown table in EXISTS": with_condition('EXISTS (SELECT 1 FROM "secrets")'),
    # Common tables hide what is read.
    "a recursive common table": with_common_table("more", "SELECT 1", recursive=True),
    "an unrestricted common table": with_common_table("more", "SELECT * FROM TABLE"),
    "a common table named like the table it reads": read_again_by_its_last_name,
    "a common table read before it is defined": read_before_it_is_defined,
    "a common table read outside its scope": read_outside_its_scope,
    # The statement is no plain SELECT.
    "a deletion within": with_common_table("gone", "DELETE FROM TABLE WHERE TENANT RETURNING *"),
    "a new table within": lambda scan: scan.select.set(
        "into", exp.Into(this=exp.to_table("stolen"))
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
@given(
    request=requests(questions(ODD)),
    choice=st.integers(0, 3),
)
@settings(max_examples=5, phases=[Phase.generate], **SETTINGS)
def test_a_statement_is_refused_whose_tenant_predicate_is(
    odd: World, spoilt: str, request: Request, choice: int
) -> None:
    query, shape = odd.read(request)[0]
    statement = prepare(odd, query, shape, Caller("acme", tier=3)).statement
    tree = parsed(odd, statement.text)
    prove_tenancy(tree, statement.parameters, odd.service.catalog)
    scans = tenanted_scans(tree)
    dialect = odd.service.warehouse.dialect.name
    SPOILT[spoilt](Scan(tree, scans[choice % len(scans)], statement.parameters, dialect))
    note(tree.sql(dialect=dialect))
    with pytest.raises(TenantProofError):
        prove_tenancy(tree, statement.parameters, odd.service.catalog)


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT 1 FROM "gold"."orders" WHERE "org_id" = $1 UNION ALL SELECT 1',
        'DELETE FROM "gold"."orders" WHERE "org_id" = $1',
        'UPDATE "gold"."orders" SET "cost" = 0 WHERE "org_id" = $1',
        'INSERT INTO "gold"."orders" SELECT * FROM "gold"."orders" WHERE "org_id" = $1',
        'CREATE TABLE stolen AS SELECT * FROM "gold"."orders" WHERE "org_id" = $1',
        "COPY stolen TO 'file'",
    ],
)
def test_only_a_select_is_proven(odd: World, sql: str) -> None:
    tree = sqlglot.parse_one(sql, dialect="postgres")
    with pytest.raises(TenantProofError):
        prove_tenancy(tree, (Parameter(Origin.TENANT, ColumnKind.TEXT),), odd.service.catalog)
