"""`analytics-gql persist`: what it writes, what it refuses, and its exit status."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics_gql.cli.parser import run
from analytics_gql.persisted.manifest import MANIFEST
from analytics_gql.persisted.registry import identifier_of
from tests.conftest import ROOT
from tests.persisted.folders import CUSTOMER, QUERY, apollo, fill

ZONE = """query Zone($day: Date!, $zone: String!) {
  orderMetrics(dateRange: { start: $day, end: $day }, timezone: $zone) { orderCount }
}"""


def persist(demo_path: Path, folder: Path, *options: str) -> int:
    """The command's exit status. It runs a loop of its own, so it gets a thread of its own."""
    where = ["--schema", str(ROOT / "schema.graphql"), "--warehouse", f"duckdb://{demo_path}"]
    words = ["persist", *where, "--persisted-queries", str(folder), *options]
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run, words).result()


def test_it_writes_the_manifest_and_says_what_is_registered(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path, {"the_day.graphql": QUERY})
    fill(folder, {"app.json": apollo(("7", "Customer", CUSTOMER), ("8", "Zone", ZONE))})
    assert persist(demo_path, folder, "--check") == 1
    assert f"{folder / MANIFEST} is out of date" in capsys.readouterr().out
    assert not (folder / MANIFEST).exists()
    assert persist(demo_path, folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "name      operation  statements   points  identifier",
        "Customer  Customer   1            6       7",
        "Zone      Zone       not planned          8",
        f"the_day   Day        1            3       {identifier_of(QUERY)}",
        f"3 documents; wrote {folder / MANIFEST}",
    ]
    written = (folder / MANIFEST).read_bytes()
    assert persist(demo_path, folder, "--check") == 0
    assert persist(demo_path, folder) == 0
    assert (folder / MANIFEST).read_bytes() == written


def test_an_identifier_never_gets_another_meaning(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path, {"app.json": apollo(("7", "Customer", CUSTOMER))})
    assert persist(demo_path, folder) == 0
    written = (folder / MANIFEST).read_bytes()
    other = CUSTOMER.replace("name", "segment")
    fill(folder, {"app.json": apollo(("7", "Customer", other))})
    capsys.readouterr()
    for options in ((), ("--check",)):
        assert persist(demo_path, folder, *options) == 1
        err = capsys.readouterr().err
        assert f"{folder}/app.json: 'Customer': the identifier 7 means another document" in err
        assert "1 fault in the registered documents" in err
    assert (folder / MANIFEST).read_bytes() == written
    # Blanks and comments have no meaning.
    fill(folder, {"app.json": apollo(("7", "Customer", "# c\n" + CUSTOMER))})
    assert persist(demo_path, folder) == 0


def test_what_is_no_more_registered_is_said(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path, {"day.graphql": QUERY})
    assert persist(demo_path, folder) == 0
    fill(folder, {"day.graphql": "# a comment makes another identifier\n" + QUERY})
    assert persist(demo_path, folder) == 0
    assert f"no more: {identifier_of(QUERY)}; clients that send it" in capsys.readouterr().out


def test_faults_stop_it(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path, {"a.graphql": "query A { a }", "b.graphql": "{"})
    assert persist(demo_path, folder) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{folder}/a.graphql:1: Cannot query field 'a'" in err
    assert "2 faults in the registered documents" in err
    assert not (folder / MANIFEST).exists()
    fill(folder, {"a.graphql": QUERY, "b.graphql": CUSTOMER, MANIFEST: "[]"})
    assert persist(demo_path, folder) == 1
    assert "is not a manifest" in capsys.readouterr().err
    assert persist(demo_path, tmp_path / "nothing") == 1
    assert "there is no folder" in capsys.readouterr().err


def test_without_a_folder_it_says_where_one_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.graphql").write_text("type Query { a: Int }")
    assert run(["persist"]) == 1
    assert "there is no folder persisted_queries beside the model" in capsys.readouterr().err
