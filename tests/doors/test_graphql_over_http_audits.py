"""The audits of GraphQL over HTTP, as the npm package `graphql-http` publishes them.

`npm install --prefix tests/npm`, then `pytest -m npm`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_serve import served
from tests.conftest import ROOT

AUDITS = ROOT / "tests" / "npm" / "audits.js"
IDS = [
    "22EB",
    "4655",
    "47DE",
    "80D8",
    "82A3",
    "BF61",
    "78D5",
    "2C94",
    "5A70",
    "9C48",
    "9ABE",
    "03D4",
    "A5BF",
    "423L",
    "LKJ0",
    "LKJ1",
    "LKJ2",
    "LKJ3",
    "34A2",
    "13EE",
    "6C00",
    "6C01",
    "6C02",
    "6C03",
    "8161",
    "B8B3",
    "94B0",
    "0220",
    "94B1",
    "0221",
    "94B2",
    "0222",
    "4760",
    "4761",
    "4762",
    "4763",
    "2EA1",
    "28B9",
    "D6D5",
    "6A70",
    "58B0",
    "58B1",
    "58B2",
    "58B3",
    "428F",
    "1B7A",
    "B6DC",
    "BCF8",
    "B7N8",
    "8764",
    "3E3A",
    "572B",
    "FDE2",
    "7B9B",
    "865D",
    "556A",
    "D586",
    "51FE",
    "74FF",
    "5E5B",
    "86EE",
]

pytestmark = pytest.mark.npm

Audits = dict[str, tuple[str, str, str | None]]


@pytest.fixture(scope="session")
def audits(demo_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audits]:
    """Status, name and reason of each audit, asked of a server as it is started by the command."""
    where = ("--schema", str(ROOT / "schema.graphql"), "--warehouse", f"duckdb://{demo_path}")
    with served(*where, "--port", "0", cwd=tmp_path_factory.mktemp("audits")) as server:
        server.wait_until_it_answers()
        output = subprocess.run(
            ["node", str(AUDITS), f"{server.url}/graphql"],
            check=True,
            stdout=subprocess.PIPE,
            timeout=60,
        ).stdout
        yield json.loads(output)
        server.stop()


def test_these_are_the_audits(audits: Audits) -> None:
    assert sorted(audits) == sorted(IDS)
    assert len(IDS) == 61


@pytest.mark.parametrize("audit", IDS)
def test_the_audit_is_passed(audits: Audits, audit: str) -> None:
    status, name, reason = audits[audit]
    assert status == "ok", f"{name}: {reason}"
