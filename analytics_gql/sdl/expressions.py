"""The SQL that a model may contain: a safe subset of expressions, read once at start.

Inside an aggregate function names are columns, outside they are metrics. There are no sub-queries,
no table functions, no functions that are not listed here, and nothing that depends on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp

from analytics_gql.model.relation import TableName


class ExpressionError(Exception):
    """An expression that a model may not contain: what is wrong, and how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


_AGGREGATES = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)

_FRACTION = re.compile(r"0?\.\d{1,9}")
"""What stands behind the comma of a percentile: plain digits, which every engine reads alike."""

_SHARED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Ln, exp.Exp, exp.Sqrt, exp.Greatest, exp.Least,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
    exp.Between, exp.In, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
"""What metrics and columns may both be put together with."""

_ROW_LEVEL = (
    *_SHARED,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Lower, exp.Upper, exp.Trim, exp.Substring,
    exp.Length, exp.Concat, exp.DPipe, exp.Like, exp.ILike, exp.Extract, exp.Var, exp.Collate,
)  # fmt: skip
"""What only row-level expressions, over columns, may also use."""

_BY_CODE_POINT = exp.to_identifier("C", quoted=True)

_CLOCK = (
    exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime,
    exp.Localtimestamp,
)  # fmt: skip
_CLOCK_NAMES = frozenset({"clock_timestamp", "statement_timestamp", "transaction_timestamp"})
_CLOCK_WORDS = frozenset({"now", "today", "tomorrow", "yesterday"})
"""Text that PostgreSQL casts to a moment of its clock."""

_OF_COLUMNS = (
    "use columns, literals, arithmetic, comparisons, CASE, COALESCE, NULLIF, GREATEST, LEAST, ABS, "
    "ROUND, FLOOR, CEIL, LN, EXP, SQRT, CAST, EXTRACT, LIKE, LOWER, UPPER, TRIM, SUBSTRING, "
    'LENGTH, CONCAT, COLLATE "C"; anything else in a view of the warehouse'
)
_OF_METRICS = (
    "combine sum, count, count(distinct …), min, max, avg and percentile(…, 0.95) by arithmetic, "
    "comparisons, CASE, COALESCE, NULLIF, GREATEST, LEAST, ABS, ROUND, FLOOR, CEIL, LN, EXP, SQRT; "
    "other functions may stand inside an aggregate"
)

MAX_DEPTH = 100
"""Levels of an expression. sqlglot walks trees by recursion, inside of requests too."""


_PREFIX = "SELECT "
"""Read as a projection, a column may bear the name of a statement (`comment`, `show`)."""


def parse_expression(sql: str) -> exp.Expr:
    """Read one SQL expression (PostgreSQL's spelling). Raises ExpressionError."""
    # Each check of a model reads its expressions, and may change what it is given.
    return _read_expression(sql).copy()


@lru_cache(maxsize=4_096)
def _read_expression(sql: str) -> exp.Expr:
    if not sql.strip():
        raise ExpressionError("the SQL expression is empty", "write one, or leave the argument out")
    if any(letter < " " and letter not in "\t\n\r" for letter in sql):
        raise ExpressionError(f"`{sql!a}` has control characters", "take them out")
    try:
        trees = sqlglot.parse(f"{_PREFIX}{sql}", dialect="postgres")
    except RecursionError:
        raise _too_deep(sql) from None
    except Exception:  # besides its own errors, sqlglot lets a TypeError out of odd operators
        raise ExpressionError(
            f"the expression `{shortened(sql)}` cannot be read as SQL",
            "check parentheses and quotes; a reserved word as a column's name needs double quotes",
        ) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise ExpressionError(
            f"`{shortened(sql)}` is not one expression",
            "write one SQL expression, without commas and semicolons around it",
        )
    if any(value for name, value in tree.args.items() if name != "expressions"):
        raise ExpressionError(
            f"`{shortened(sql)}` is a query, not an expression",
            "write the expression alone, without SELECT, FROM, WHERE and what else a query has",
        )
    expression: exp.Expr = tree.expressions[0].pop()
    check_depth(expression, sql)
    for node in expression.walk():
        node.comments = None  # a comment would be copied into every statement
    return expression


def check_depth(expression: exp.Expr, sql: str) -> None:
    """Refuse a tree that is too deep to be walked by recursion."""
    level = [expression]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return
    raise _too_deep(sql)


def _too_deep(sql: str) -> ExpressionError:
    return ExpressionError(
        f"the expression `{shortened(sql)}` nests more than {MAX_DEPTH} levels",
        "make it flatter; terms of a long sum can be put into parentheses by halves",
    )


def shortened(sql: str) -> str:
    """SQL as messages quote it: on one line, not endless."""
    line = " ".join(sql.split())
    return line if len(line) <= 80 else line[:79] + "…"


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a call makes one value of many rows."""
    return isinstance(node, _AGGREGATES) or is_percentile(node)


def is_percentile(node: exp.Expr) -> bool:
    """`percentile(column, 0.95)`: a function that sqlglot does not know, and leaves as written."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == "percentile"


def fraction_of(percentile: exp.Expr) -> Decimal:
    """The fraction of a percentile that was checked; equal ones are written alike."""
    return Decimal(percentile.expressions[1].name).normalize()


def check_row_level(expression: exp.Expr, sql: str) -> None:
    """Refuse anything but an expression over the columns of one row."""
    for node in expression.walk():
        if is_aggregate(node):
            raise ExpressionError(
                f"`{shortened(sql)}` has an aggregate where only columns may stand",
                "aggregate in a @metric instead",
            )
        _check_node(node, _ROW_LEVEL, sql, _OF_COLUMNS)


def check_metric(expression: exp.Expr, sql: str) -> None:
    """Refuse what may not stand outside aggregates, and aggregates inside aggregates."""
    if isinstance(expression, exp.Filter):
        if not is_aggregate(expression.this):
            raise ExpressionError(
                f"`filter` in `{shortened(sql)}` follows no aggregate",
                "write it behind one, as in count(*) filter (where status = 'paid')",
            )
        _check_aggregate(expression.this, sql)
        check_row_level(expression.expression.this, sql)
    elif is_aggregate(expression):
        _check_aggregate(expression, sql)
    elif isinstance(expression, exp.Column) and expression.table:
        raise ExpressionError(
            f"the column `{expression.sql()}` in `{shortened(sql)}` is not aggregated",
            f"wrap it, as in sum({expression.sql()})",
        )
    else:
        _check_node(expression, _SHARED, sql, _OF_METRICS)
        for child in expression.iter_expressions():
            check_metric(child, sql)


def _check_aggregate(call: exp.Expr, sql: str) -> None:
    if is_percentile(call):
        _check_percentile(call, sql)
        return
    argument = call.this
    if isinstance(call, exp.Count) and is_star(argument):
        return
    if isinstance(argument, exp.Distinct):
        if not isinstance(call, exp.Count) or len(argument.expressions) != 1:
            raise ExpressionError(
                f"`distinct` in `{shortened(sql)}` can only count one expression",
                "write count(distinct column)",
            )
        argument = argument.expressions[0]
    if argument is None or call.args.get("expressions"):
        raise ExpressionError(
            f"an aggregate in `{shortened(sql)}` does not take one argument",
            "write as in sum(column), or count(*)",
        )
    _check_argument(argument, sql)


def _check_percentile(call: exp.Expr, sql: str) -> None:
    if len(call.expressions) != 2 or isinstance(call.expressions[1], exp.Order):
        raise ExpressionError(
            f"`percentile` in `{shortened(sql)}` does not take a column and a fraction",
            "write as in percentile(latency_ms, 0.95)",
        )
    argument, fraction = call.expressions
    if (
        not isinstance(fraction, exp.Literal)
        or fraction.is_string
        or not _FRACTION.fullmatch(fraction.name)
        or not Decimal(fraction.name)
    ):
        raise ExpressionError(
            f"the second argument of `percentile` in `{shortened(sql)}` is no fraction "
            "between 0 and 1",
            "write as in percentile(latency_ms, 0.95) for the 95th percentile, and min or max for "
            "the ends",
        )
    _check_argument(argument, sql)


def _check_argument(argument: exp.Expr, sql: str) -> None:
    for node in argument.walk():
        if isinstance(node, exp.Filter) or is_aggregate(node):
            raise ExpressionError(
                f"an aggregate stands inside an aggregate in `{shortened(sql)}`",
                "give the inner one a @metric of its own, or aggregate once",
            )
    check_row_level(argument, sql)


def is_star(argument: exp.Expr | None) -> bool:
    """`*` or `traffic.*`."""
    star = argument.this if isinstance(argument, exp.Column) else argument
    return isinstance(star, exp.Star) and not any(star.args.values())


def _check_node(node: exp.Expr, allowed: tuple[type, ...], sql: str, hint: str) -> None:
    if isinstance(node, exp.In) and not node.expressions:
        raise ExpressionError(
            f"`in` has no list of values in `{shortened(sql)}`", "write as in x in ('a', 'b')"
        )
    if isinstance(node, exp.Collate) and node.args["expression"] != _BY_CODE_POINT:
        raise ExpressionError(
            f"`{shortened(sql)}` has a collation that not every engine knows",
            'COLLATE "C" is known to all: it compares texts by their characters',
        )
    if type(node) not in allowed or _casts_the_clock(node):
        raise _refusal(node, sql, hint)


def _refusal(node: exp.Expr, sql: str, hint: str) -> ExpressionError:
    """What is wrong with a node that may not stand there."""
    place = shortened(sql)
    if isinstance(node, (*_CLOCK, exp.Cast)) or node.name.lower() in _CLOCK_NAMES:
        return ExpressionError(
            f"`{place}` depends on the clock",
            "leave time to the question's dateRange: a result is reused while the data is the same",
        )
    if isinstance(node, (exp.Rand, exp.Uuid)):
        return ExpressionError(
            f"`{place}` depends on chance", "a figure must be the same each time it is asked for"
        )
    if isinstance(node, (exp.Query, exp.Exists)):
        return ExpressionError(
            f"there is a sub-query in `{place}`", "reach another table by @join, a fact by @source"
        )
    if isinstance(node, exp.Window):
        return ExpressionError(
            f"there is a window function in `{place}`",
            "take `over (…)` away: the question's groups are the windows",
        )
    if isinstance(node, exp.Star):
        return ExpressionError(f"`*` in `{place}` stands outside count(*)", "name a column")
    if isinstance(node, exp.Alias):
        return ExpressionError(
            f"`{place}` names its result, or an operator is missing in it",
            "take the name away; the field has one",
        )
    if isinstance(node, (exp.Parameter, exp.Placeholder)):
        return ExpressionError(f"there is a parameter in `{place}`", "write its value instead")
    if isinstance(node, exp.Func) and "start" in node.meta:
        # As it is written: sqlglot would print `median` as another function.
        name = f"{_PREFIX}{sql}"[node.meta["start"] : node.meta["end"] + 1]
        return ExpressionError(f"the function {name} is not allowed in `{place}`", hint)
    shown = shortened(node.sql(dialect="postgres"))
    return ExpressionError(f"`{shown}` is not allowed in `{place}`", hint)


def _casts_the_clock(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Cast)
        and isinstance(node.this, exp.Literal)
        and node.this.name.strip().lower() in _CLOCK_WORDS
    )


def metric_names(expression: exp.Expr) -> Iterator[str]:
    """The names outside aggregates: the metrics that an expression is derived from."""
    if isinstance(expression, exp.Filter) or is_aggregate(expression):
        return
    if isinstance(expression, exp.Column):
        yield expression.name
        return
    for child in expression.iter_expressions():
        yield from metric_names(child)


def has_aggregate(expression: exp.Expr) -> bool:
    """Whether an aggregate stands anywhere in an expression."""
    return any(is_aggregate(node) for node in expression.walk())


def own_columns(expression: exp.Expr, what: str) -> None:
    """Spell the columns of a table's own expression in place. Raises ExpressionError for others."""
    for column in expression.find_all(exp.Column):
        if column.table:
            raise ExpressionError(
                f"{what} speaks of '{column.table}', but sees the table's own columns alone",
                f"write {column.name} if it is a column of the table",
            )
        column.set("this", quoted(column.this))


def quoted(name: exp.Expr | str, *, fold: bool = True) -> exp.Identifier:
    """An identifier that means what its author wrote: unquoted names fold to lower case."""
    if isinstance(name, exp.Expr):
        kept = bool(name.args.get("quoted"))
        return exp.to_identifier(name.name if kept else name.name.lower(), quoted=True)
    return exp.to_identifier(name.lower() if fold else name, quoted=True)


_NAME = r'(?:[^\W\d][\w$]*|"(?:[^"\x00-\x1f]|"")+")'
_TABLE = re.compile(rf"{_NAME}(?:\.{_NAME}){{0,2}}")


def parse_table(text: str) -> TableName:
    """`gold.orders`, `"Gold"."Orders"`: a table's name. Raises ExpressionError."""
    # Not by sqlglot: what it cannot read as a table it takes for a name.
    if not _TABLE.fullmatch(text):
        raise ExpressionError(
            f"`{shortened(text)}` is not the name of a table",
            "write table, schema.table or database.schema.table; double quotes keep capitals",
        )
    parts: list[str] = re.findall(_NAME, text)
    return TableName(
        tuple(
            part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()
            for part in parts
        )
    )


def parse_column(text: str, what: str) -> str:
    """`org_id`: the name of one column of a table. Raises ExpressionError."""
    named = parse_expression(text)
    if (
        not isinstance(named, exp.Column)
        or named.table
        or not isinstance(named.this, exp.Identifier)
    ):
        raise ExpressionError(
            f"{what} `{shortened(text)}` is not a column", "name one column of the table"
        )
    return quoted(named.this).name
