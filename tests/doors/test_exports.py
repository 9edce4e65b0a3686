"""Files are what the JSON answer says, in every format and on every engine."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import httpx
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, ROOT, MakeDatabase
from tests.doors.in_process import ask, refused, serving

MODEL = """
type Reading @records(table: "readings", key: ["id"]) {
  id: ID!
  word: String
  truth: Boolean
  small: Int
  large: BigInt
  exact: Decimal
  real: Float @column(sql: "real_number")
  day: Date
  at: DateTime @column(sql: "taken_at")
  station: Station @lookup(by: ["word"])
}
type Station @entity(table: "stations", key: ["code"]) { code: ID! name: String }
type Totals @dataset(table: "readings", time: "taken_at") {
  at: DateTime @time
  word: String @dimension
  count: BigInt @metric(sql: "count(*)")
  total: Decimal @metric(sql: "sum(exact)")
  average: Float @metric(sql: "avg(real_number)")
  lastDay: Date @metric(sql: "max(day)")
  first: DateTime @metric(sql: "min(taken_at)")
}
type Query {
  readings: ReadingConnection
  totals: [Totals!]
  totalPages: TotalsConnection
  station: Station
}
"""
TABLES = r"""
CREATE TABLE readings (
    id BIGINT PRIMARY KEY, word TEXT, truth BOOLEAN, small INTEGER, large BIGINT,
    exact DECIMAL(30, 6), real_number DOUBLE PRECISION, day DATE, taken_at TIMESTAMP
);
CREATE TABLE stations (code TEXT PRIMARY KEY, name TEXT);
INSERT INTO readings VALUES
    (1, 'plain', true, 1, 9223372036854775807, 1.5, 0.1, '2026-01-31', '2026-01-31 10:00:00'),
    (2, '', false, -2147483648, -9223372036854775808, 123456789012345678901234.123456, 1e300,
        '0001-01-01', '2026-01-31 10:00:00.5'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, 'a "quoted" word, and a comma', true, 0, 0, 0, -0.25, '9999-12-31', '2026-03-29 01:30:00'),
    (5, 'two' || CHR(13) || CHR(10) || 'lines', true, 7, 7, -7.000001, 7, '2026-02-28',
        '2026-02-28 23:59:59.999999'),
    (6, 'line' || CHR(10) || 'feed' || CHR(13) || 'return' || CHR(9) || 'tab', true, 7, 7, 7, 7,
        '2026-02-28', '2026-02-28 00:00:00'),
    (7, '日本語 🎉 é' || CHR(30) || CHR(31), true, 7, 7, 7, 7, '2026-02-28', '2026-02-28 00:00:00'),
    (8, '=1+1', true, 7, 7, 7, 'NaN', '2026-02-28', '2026-02-28 00:00:00'),
    (9, ' \N null NULL \. ' || CHR(92), true, 7, 7, 7, 7, '2026-02-28', '2026-02-28 00:00:00'),
    (10, '"', true, 7, 7, 7, 7, '2026-02-28', '2026-02-28 00:00:00');
"""


@pytest.fixture(scope="module", params=ENGINES)
async def client(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[httpx.AsyncClient]:
    """The readings on each engine in turn."""
    folder = tmp_path_factory.mktemp("exports")
    schema = folder / "schema.graphql"
    schema.write_text(MODEL)
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    if request.param == "duckdb":
        url = f"duckdb://{folder / 'w.duckdb'}"
        with duckdb.connect(str(folder / "w.duckdb")) as file:
            file.execute(TABLES)
    else:
        url = await make_database()
        connection = await asyncpg.connect(url)
        await connection.execute(TABLES)
        await connection.close()
    async with serving(Settings(schema_path=schema, warehouse=url)) as client:
        yield client


FIELDS = "id word truth small large exact real day at"
RANGE = 'dateRange: { start: "2026-01-01", end: "2026-12-31" }'
DOCUMENTS = {
    "records": f"{{ readings {{ nodes {{ {FIELDS} }} }} }}",
    "records, in an order, under other names": "{ found: readings(first: 3, orderBy: [{by: DAY, "
    "direction: DESC}]) { edges { node { b: day a: id __typename A: word } } } }",
    "one column": "{ readings { nodes { small } } }",
    "a condition": '{ readings(where: {word: {startsWith: "t"}}) { nodes { word } } }',
    "nothing": '{ readings(where: {word: {eq: "nowhere"}}) { nodes { id } } }',
    "metrics": f"{{ totals({RANGE}) {{ word count total average lastDay first }} }}",
    "metrics over time": f"{{ totals({RANGE}, granularity: MONTH, "
    'timezone: "Europe/Berlin", orderBy: [{by: TOTAL}]) { at total } }',
    "metrics, limited": f"{{ totals({RANGE}, limit: 2) {{ word count }} }}",
    "one row": f"{{ totals({RANGE}) {{ count }} }}",
    "pages of metrics": f"{{ totalPages({RANGE}, first: 4) {{ totalCount pageInfo {{ endCursor }} "
    "edges { cursor node { word count } } } }",
}


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of the only root field of a JSON answer."""
    (field,) = answer["data"].values()
    if isinstance(field, list):
        return field
    return field["nodes"] if "nodes" in field else [edge["node"] for edge in field["edges"]]


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> str:
    return DOCUMENTS[request.param]


async def exported(client: httpx.AsyncClient, document: str, format: str) -> bytes:
    response = await client.post(f"/graphql?format={format}", json={"query": document})
    assert response.status_code == 200, response.text
    return response.content


async def answered(client: httpx.AsyncClient, document: str) -> list[dict[str, Any]]:
    """The rows as JSON has them, their numbers exact."""
    response = await ask(client, document)
    return rows_of(json.loads(response.text, parse_float=Decimal))


async def test_ndjson_has_the_rows_of_the_answer(client: httpx.AsyncClient, document: str) -> None:
    text = await exported(client, document, "ndjson")
    lines = text.decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line, parse_float=Decimal) for line in lines] == await answered(
        client, document
    )


async def test_csv_has_the_rows_of_the_answer(client: httpx.AsyncClient, document: str) -> None:
    text = (await exported(client, document, "csv")).decode()
    expected = await answered(client, document)
    # Python's own reader of RFC 4180. A single empty field is no line to it.
    rows = [row or [""] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    header = rows.pop(0)
    if expected:
        assert header == list(expected[0])
    assert rows == [[as_csv(value) for value in row.values()] for row in expected]


def as_csv(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value) if not isinstance(value, Decimal) else decimal_text(value)


def decimal_text(value: Decimal) -> str:
    # 1E+300 is how Decimal prints what JSON and CSV both have as 1e+300.
    return str(value).replace("E", "e")


@pytest.mark.parametrize("format", ["arrow", "parquet"])
async def test_columnar_formats_have_the_rows_of_the_answer(
    client: httpx.AsyncClient, document: str, format: str
) -> None:
    table = read(await exported(client, document, format), format)
    expected = await answered(client, document)
    assert [{key: as_json(value) for key, value in row.items()} for row in table.to_pylist()] == [
        {key: comparable(value) for key, value in row.items()} for row in expected
    ]


def read(content: bytes, format: str) -> pa.Table:
    if format == "arrow":
        return pa.ipc.open_stream(content).read_all()
    return parquet.read_table(io.BytesIO(content))


def as_json(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC)
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)  # that decimals are exact is seen below
        case _:
            return value


def comparable(value: Any) -> Any:
    if isinstance(value, str) and len(value) >= 20 and value[10] == "T":
        return datetime.fromisoformat(value).astimezone(UTC)
    return as_json(value)


async def test_csv_to_the_byte(client: httpx.AsyncClient) -> None:
    document = "{ readings(first: 6) { nodes { id word truth exact day at } } }"
    assert (await exported(client, document, "csv")).decode() == (
        "id,word,truth,exact,day,at\r\n"
        '"1","plain",true,1.500000,2026-01-31,2026-01-31T10:00:00Z\r\n'
        '"2","",false,123456789012345678901234.123456,0001-01-01,2026-01-31T10:00:00.5Z\r\n'
        '"3",,,,,\r\n'
        '"4","a ""quoted"" word, and a comma",true,0.000000,9999-12-31,2026-03-29T01:30:00Z\r\n'
        '"5","two\r\nlines",true,-7.000001,2026-02-28,2026-02-28T23:59:59.999999Z\r\n'
        '"6","line\nfeed\rreturn\ttab",true,7.000000,2026-02-28,2026-02-28T00:00:00Z\r\n'
    )


@pytest.mark.parametrize("format", ["arrow", "parquet"])
async def test_columns_have_the_types_of_their_fields(
    client: httpx.AsyncClient, format: str
) -> None:
    for document in (
        f"{{ readings {{ nodes {{ {FIELDS} }} }} }}",
        f'{{ readings(where: {{id: {{eq: "77"}}}}) {{ nodes {{ {FIELDS} }} }} }}',
    ):
        table = read(await exported(client, document, format), format)
        assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
            "id": pa.string(),
            "word": pa.string(),
            "truth": pa.bool_(),
            "small": pa.int32(),
            "large": pa.int64(),
            "exact": pa.decimal128(38, 10),
            "real": pa.float64(),
            "day": pa.date32(),
            "at": pa.timestamp("us", "UTC"),
        }
    rows = read(
        await exported(client, f"{{ readings {{ nodes {{ {FIELDS} }} }} }}", format), format
    ).to_pylist()
    assert rows[1]["exact"] == Decimal("123456789012345678901234.123456")
    assert rows[1]["word"] == ""
    assert rows[2]["word"] is None


@pytest.fixture(scope="module", params=ENGINES)
async def demo(
    request: pytest.FixtureRequest, demo_path: Path, demo_postgres_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The demo on each engine in turn."""
    url = f"duckdb://{demo_path}" if request.param == "duckdb" else demo_postgres_url
    settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=url)
    async with serving(settings) as client:
        yield client


async def test_many_batches_are_what_is_written_by_hand(
    demo: httpx.AsyncClient, demo_path: Path
) -> None:
    document = "{ orders { nodes { id orderedAt country netAmount isFirstOrder } } }"
    by_hand = """
        SELECT id::TEXT, replace(ordered_at::TEXT, ' ', 'T') || 'Z', country, net_amount::TEXT,
            is_first_order::TEXT
        FROM gold.orders WHERE org_id = 'acme' ORDER BY id
    """
    with duckdb.connect(str(demo_path), read_only=True) as connection:
        expected = [list(row) for row in connection.execute(by_hand).fetchall()]
    assert len(expected) > 200_000
    text = (await exported(demo, document, "csv")).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == ["id", "orderedAt", "country", "netAmount", "isFirstOrder"]
    assert rows == [["" if value is None else value for value in row] for row in expected]
    for format in ("arrow", "parquet"):
        table = read(await exported(demo, document, format), format)
        assert table.num_rows == len(expected)
        assert table.column("id").to_pylist() == [row[0] for row in expected]
        assert [str(value.normalize()) for value in table.column("netAmount").to_pylist()] == [
            str(Decimal(row[3]).normalize()) for row in expected
        ]
    lines = (await exported(demo, document, "ndjson")).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row[0] for row in expected]


async def test_metrics_are_what_is_written_by_hand(
    demo: httpx.AsyncClient, demo_path: Path
) -> None:
    document = (
        'query Daily { orderMetrics(dateRange: {start: "2026-04-01", end: "2026-04-30"}, '
        "orderBy: [{by: REVENUE, direction: DESC}]) { date country revenue orderCount } }"
    )
    by_hand = """
        SELECT ordered_at::DATE::TEXT, country, sum(net_amount)::TEXT, count(*)::TEXT
        FROM gold.orders
        WHERE org_id = 'acme' AND ordered_at >= '2026-04-01' AND ordered_at < '2026-05-01'
        GROUP BY ordered_at::DATE, country
        ORDER BY sum(net_amount) DESC NULLS LAST, ordered_at::DATE, country
    """
    with duckdb.connect(str(demo_path), read_only=True) as connection:
        expected = [list(row) for row in connection.execute(by_hand).fetchall()]
    text = (await exported(demo, document, "csv")).decode()
    _, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert rows == [["" if value is None else value for value in row] for row in expected]


# --- the door ------------------------------------------------------------------------------------

ROWS = "{ readings(first: 2) { nodes { id } } }"
NAMES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


@pytest.mark.parametrize("format", NAMES)
async def test_a_format_is_asked_for_by_accept_and_by_name_by_get_and_by_post(
    client: httpx.AsyncClient, format: str
) -> None:
    accept = {"accept": NAMES[format].partition(";")[0]}
    for response in (
        await client.post("/graphql", json={"query": ROWS}, headers=accept),
        await client.post("/graphql", json={"query": ROWS}, params={"format": format}),
        await client.get("/graphql", params={"query": ROWS}, headers=accept),
        await client.get("/graphql", params={"query": ROWS, "format": format}),
        await client.head("/graphql", params={"query": ROWS, "format": format}),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == NAMES[format]
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]
        name = f'attachment; filename="readings.{format}"'
        assert response.headers["content-disposition"] == name
        assert bool(response.content) == (response.request.method != "HEAD")


async def test_the_file_has_the_operation_s_name(client: httpx.AsyncClient) -> None:
    text = f"query One {ROWS} query Two($n: Int) {{ x: readings(first: $n) {{ nodes {{ id }} }} }}"
    response = await client.post(
        "/graphql?format=csv", json={"query": text, "operationName": "Two", "variables": {"n": 1}}
    )
    assert response.headers["content-disposition"] == 'attachment; filename="Two.csv"'
    assert response.text == 'id\r\n"1"\r\n'


async def test_json_is_named_json(client: httpx.AsyncClient) -> None:
    response = await client.get(
        "/graphql", params={"query": ROWS, "format": "json"}, headers={"accept": "*/*"}
    )
    assert response.json()["data"]["readings"]["nodes"] == [{"id": "1"}, {"id": "2"}]


REFUSED = {
    "{ a: readings(first: 1) { nodes { id } } b: readings(first: 1) { nodes { id } } }": (
        "2 root fields"
    ),
    "{ __typename }": "0 root fields",
    "{ __schema { description } }": "no list of rows",
    '{ station(code: "x") { name } }': "no list of rows",
    "{ readings { totalCount } }": "no rows are selected",
    "{ readings { nodes { id } edges { node { word } } } }": "selected twice",
    '{ readings(after: "x") { nodes { id } } }': "without `after`",
    "{ readings(last: 3) { nodes { id } } }": "without `after`",
    "{ readings { nodes { id station { name } } } }": "'Station' is looked up",
}


@pytest.mark.parametrize("document", REFUSED)
async def test_what_is_not_one_list_of_rows_is_refused(
    client: httpx.AsyncClient, document: str
) -> None:
    response = await client.post("/graphql?format=csv", json={"query": document})
    error = refused(response, 400, "NOT_EXPORTABLE", "application/graphql-response+json")
    assert REFUSED[document] in error["message"]
    assert "content-disposition" not in response.headers


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", 400, "OPERATION_NOT_DETERMINED"),
        ("query($n: Int!) { readings(first: $n) { nodes { id } } }", 400, "BAD_USER_INPUT"),
        ("{ readings(first: 0) { nodes { id } } }", 400, "INVALID_PAGE"),
        (
            '{ totals(dateRange: {start: "2026-02-01", end: "2026-01-01"}) { count } }',
            400,
            "INVALID_DATE_RANGE",
        ),
    ],
)
async def test_a_document_that_does_not_run_is_refused_as_ever(
    client: httpx.AsyncClient, document: str, status: int, code: str
) -> None:
    for method in ("get", "post"):
        response = await (
            client.get("/graphql", params={"query": document}, headers={"accept": "text/csv"})
            if method == "get"
            else client.post("/graphql?format=parquet", json={"query": document})
        )
        refused(response, status, code, "application/graphql-response+json")


async def test_an_unknown_format_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": ROWS, "format": "xlsx"})
    error = refused(response, 400, "BAD_REQUEST")
    assert error["extensions"]["hint"] == "it is json, csv, ndjson, arrow, parquet"


async def test_a_value_that_a_column_cannot_hold_is_an_error_before_the_first_byte(
    tmp_path: Path,
) -> None:
    schema = tmp_path / "schema.graphql"
    schema.write_text(
        'type Row @records(table: "rows", key: ["id"]) { id: ID! n: Decimal } '
        "type Query { rows: RowConnection }"
    )
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE rows AS SELECT 1 AS id, '12345678901234567890123456789'::DECIMAL(38) AS n"
        )
    async with serving(Settings(schema_path=schema, warehouse=f"duckdb://{path}")) as client:
        document = "{ rows { nodes { n } } }"
        assert await exported(client, document, "csv") == b"n\r\n12345678901234567890123456789\r\n"
        for format in ("arrow", "parquet"):
            response = await client.get("/graphql", params={"query": document, "format": format})
            refused(response, 500, "VALUE_OUT_OF_RANGE", "application/graphql-response+json")
