"""Clients of others against the running server, which answers registered documents alone.

Of JavaScript: `npm install --prefix tests/npm`, then `pytest -m npm`. Of Python: an environment
`tests/clients/.venv` with what `tests/clients/requirements.txt` lists, then `pytest -m clients`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.public import public_sdl
from tests.cli.test_serve import Server, served
from tests.conftest import ROOT

NPM = ROOT / "tests" / "npm"
PYTHON_CLIENTS = ROOT / "tests" / "clients"
DOCUMENTS = ROOT / "persisted_queries"
SCHEMA = ROOT / "schema.graphql"


def run_node(*arguments: str | Path, cwd: Path = NPM) -> str:
    """What a script or a tool prints."""
    return subprocess.run(
        ["node", *map(str, arguments)],
        cwd=cwd,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    ).stdout


def tool(name: str) -> Path:
    return NPM / "node_modules" / ".bin" / name


def serving_only(
    documents: Path, demo_path: Path, cwd: Path, mode: str = "safelist", **variables: str
) -> AbstractContextManager[Server]:
    """A server, as it is started by the command, that answers these documents."""
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}", "--port", "0")
    folder = ("--persisted-queries", str(documents))
    mode_variable = {"ANALYTICS_GQL_PERSISTED_MODE": mode}
    return served(*where, *folder, cwd=cwd, **mode_variable, **variables)


# --- JavaScript ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the frontends' own tools build: a manifest each, in `documents`."""
    folder = tmp_path_factory.mktemp("frontends")
    documents, relay = folder / "documents", folder / "relay"
    documents.mkdir()
    (relay / "artifacts").mkdir(parents=True)
    config = folder / "apollo.config.json"
    output = str(documents / "apollo.json")
    config.write_text(json.dumps({"documents": ["clients/apollo.js"], "output": output}))
    run_node(tool("generate-persisted-query-manifest"), "--config", config)
    (documents / "urql.json").write_text(run_node(NPM / "clients" / "urql.js", "--map"))
    # The compiler adds to what is there.
    (documents / "relay.json").write_text("{}")
    source = NPM / "clients" / "relay" / "CustomerPage.js"
    (relay / source.name).write_text(source.read_text())
    (folder / "package.json").write_text('{"type": "module"}')
    options = {
        "src": "relay",
        "schema": "schema.graphql",
        "language": "javascript",
        "artifactDirectory": "relay/artifacts",
        "eagerEsModules": True,
        "persistConfig": {"file": "documents/relay.json", "algorithm": "MD5"},
    }
    (folder / "schema.graphql").write_text(public_sdl(load_schema(SCHEMA)))
    (folder / "relay.config.json").write_text(json.dumps(options))
    run_node(tool("relay-compiler"), "relay.config.json", "--noWatchman", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def url(built: Path, demo_path: Path) -> Iterator[str]:
    """A server for what the frontends have built."""
    with serving_only(built / "documents", demo_path, built) as server:
        server.wait_until_it_answers()
        yield f"{server.url}/graphql"
        server.stop()


def asked(client: str, *arguments: str | Path) -> tuple[list[Any], list[dict[str, Any]]]:
    """What a client was answered, and the requests that it sent."""
    printed = json.loads(run_node(NPM / "clients" / client, *arguments))
    return printed["answers"], printed["sent"]


def all_are_short_gets(sent: list[dict[str, Any]]) -> bool:
    """Whether no request had a document in it."""
    return all(
        request["method"] == "GET"
        and request["status"] == 200
        and "query" not in parse_qs(urlsplit(request["url"]).query)
        for request in sent
    )


CHANNELS = [
    {"__typename": "OrderMetrics", "channel": "email", "orderCount": 112, "revenue": 18722.36},
    {"__typename": "OrderMetrics", "channel": "organic", "orderCount": 128, "revenue": 22753.53},
]
CATEGORIES = [
    {"category": "electronics", "revenue": 24055.95},
    {"category": "sports", "revenue": 21570.36},
    {"category": "apparel", "revenue": 14123},
]


@pytest.mark.npm
def test_apollo_client_asks_by_its_manifest(url: str, built: Path) -> None:
    answers, sent = asked("apollo.js", url, built / "documents" / "apollo.json")
    assert [answers[0]["customer"]["name"], answers[2]["customer"]["name"]] == [
        "Kowal Consulting",
        "Rafael Tanaka",
    ]
    assert answers[1]["orderMetrics"] == CHANNELS
    assert len(sent) == 3
    assert all_are_short_gets(sent)


@pytest.mark.npm
def test_urql_asks_by_the_hashes_of_its_exchange(url: str) -> None:
    answers, sent = asked("urql.js", url, "--enforce")
    assert answers[0]["customer"] == {"id": "98", "name": "Kowal Consulting"}
    assert answers[1]["orderMetrics"] == CATEGORIES
    assert len(sent) == 3
    assert all_are_short_gets(sent)


@pytest.mark.npm
def test_a_compiled_relay_query_asks_by_its_identifier(url: str, built: Path) -> None:
    artifact = built / "relay" / "artifacts" / "CustomerPageQuery.graphql.js"
    answers, sent = asked("relay.js", url, artifact)
    assert [answer["customer"]["name"] for answer in answers] == [
        "Kowal Consulting",
        "Rafael Tanaka",
    ]
    assert [len(answer["orders"]["edges"]) for answer in answers] == [3, 1]
    assert len(sent) == 2
    assert all_are_short_gets(sent)


@pytest.mark.npm
@pytest.mark.parametrize("client", ["apollo.js", "urql.js"])
@pytest.mark.parametrize("may_register", [True, False])
def test_clients_go_on_where_a_hash_is_not_known(
    demo_path: Path, tmp_path: Path, client: str, may_register: bool
) -> None:
    """They send the document along: it is registered, or answered and forgotten."""
    automatic = {"ANALYTICS_GQL_AUTOMATIC_PERSISTED_QUERIES": str(may_register)}
    with serving_only(DOCUMENTS, demo_path, tmp_path, "open", **automatic) as server:
        server.wait_until_it_answers()
        first, sent = asked(client, f"{server.url}/graphql")
        again, sent_again = asked(client, f"{server.url}/graphql")
        server.stop()
    assert first == again
    assert first[0]["customer"]["name"] == "Kowal Consulting"
    assert 404 in {request["status"] for request in sent}
    assert all_are_short_gets(sent_again) is may_register


# --- Python --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python_url(demo_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for the documents that ship."""
    cwd = tmp_path_factory.mktemp("server")
    with serving_only(DOCUMENTS, demo_path, cwd) as server:
        server.wait_until_it_answers()
        yield f"{server.url}/graphql"
        server.stop()


def run_python(*arguments: str | Path, cwd: Path) -> str:
    """What a program of the clients' own environment prints."""
    program, *others = map(str, arguments)
    return subprocess.run(
        [str(PYTHON_CLIENTS / ".venv" / "bin" / program), *others],
        cwd=cwd,
        env={"PYTHONPATH": str(cwd)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    ).stdout


@pytest.mark.clients
def test_gql_asks_a_registered_document_by_its_text(python_url: str, tmp_path: Path) -> None:
    variables = '{"start": "2026-04-01", "end": "2026-06-30", "limit": 2}'
    document = DOCUMENTS / "top_products.graphql"
    script = PYTHON_CLIENTS / "gql_client.py"
    data = json.loads(run_python("python", script, python_url, document, variables, cwd=tmp_path))
    names = [row["product"]["name"] for row in data["orderMetrics"]]
    assert names == ["Quiet Speaker", "Maple Yoga Mat"]


@pytest.mark.clients
def test_a_client_generated_by_ariadne_codegen_asks_the_documents_that_ship(
    python_url: str, tmp_path: Path
) -> None:
    (tmp_path / "schema.graphql").write_text(public_sdl(load_schema(SCHEMA)))
    options = {
        "schema_path": "schema.graphql",
        "queries_path": str(DOCUMENTS),
        "target_package_name": "demo_client",
        "target_package_path": ".",
    }
    written = "".join(f'{name} = "{value}"\n' for name, value in options.items())
    (tmp_path / "pyproject.toml").write_text(f"[tool.ariadne-codegen]\n{written}")
    run_python("ariadne-codegen", cwd=tmp_path)
    script = PYTHON_CLIENTS / "codegen_client.py"
    finance, top, page = json.loads(run_python("python", script, python_url, cwd=tmp_path))
    assert finance["orderMetrics"][0]["paymentMethod"] == "bank_transfer"
    assert len(top["orderMetrics"]) == 3
    assert top["orderMetrics"][0]["product"]["name"]
    assert page["customer"]["name"] == "Kowal Consulting"
    assert len(page["orders"]["nodes"]) == 2
