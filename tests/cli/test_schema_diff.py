"""`schema diff`: what it prints, its exit status, and models out of git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from analytics_gql.cli.parser import run
from tests.sdl.models import synced

MODEL = """
type Sales @dataset(table: "sales", tenant: "org") {
  region: String @dimension
  total: Decimal @metric(sql: "sum(amount)", unit: "USD")
  half: Float @metric(sql: "total / 2")
  rows: BigInt @metric(sql: "count(*)")
}

type Query {
  sales: [Sales!]
}
"""
TAXED = MODEL.replace("sum(amount)", "sum(amount - tax)")
RENAMED = MODEL.replace("region:", "area:")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests, and a folder of their own."""
    for name in list(os.environ):
        if name.upper().startswith("ANALYTICS_GQL_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for name, text in (("old", MODEL), ("taxed", TAXED), ("renamed", RENAMED)):
        Path(f"{name}.graphql").write_text(synced(text)[0].text)


@pytest.fixture
def sales() -> str:
    """Two tenants' rows; the local one is acme."""
    with duckdb.connect("sales.duckdb") as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT * FROM (VALUES ('acme', 'north', 10.50, 0.50), "
            "('acme', 'south', 9.50, 1.50), ('other', 'north', 99.00, 9.00)) "
            "AS rows (org, region, amount, tax)"
        )
    return "duckdb://sales.duckdb"


def document(text: str, name: str = "finance") -> None:
    Path("persisted_queries").mkdir(exist_ok=True)
    Path("persisted_queries", f"{name}.graphql").write_text(text)


def test_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "diff", "old.graphql", "old.graphql"]) == 0
    assert capsys.readouterr().out == "nothing changed\n"


def test_a_meaning_is_told_and_fails_only_if_it_is_to(capsys: pytest.CaptureFixture[str]) -> None:
    document("{ sales { region total } }")
    document("{ sales { rows } }", "counts")
    command = ["schema", "diff", "old.graphql", "taxed.graphql"]
    assert run(command) == 0
    assert capsys.readouterr().out == (
        "meaning    Sales.total: formula\n"
        "             was   SUM(amount)\n"
        "             is    SUM(amount - tax)\n"
        "             hits  half\n"
        "\n"
        "documents\n"
        "  finance.graphql changes its meaning\n"
        "    Sales.total (Sales.total: formula)\n"
        "\n"
        "1 meaning\n"
    )
    assert run([*command, "--strict"]) == 1


def test_what_breaks_exits_with_one_and_names_documents(capsys: pytest.CaptureFixture[str]) -> None:
    document("{ sales { region total } }")
    assert run(["schema", "diff", "old.graphql", "renamed.graphql"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("breaking   Field Sales.region was removed\n")
    assert "\nadditive   Field Sales.area was added\n" in out
    assert "  finance.graphql fails\n    Cannot query field 'region' on type 'Sales'.\n" in out
    assert out.endswith(", 1 document would fail\n")
    # Whoever asks may as well have sent it: without documents it breaks all the same.
    shutil.rmtree("persisted_queries")
    assert run(["schema", "diff", "old.graphql", "renamed.graphql"]) == 1
    assert "documents" not in capsys.readouterr().out


def test_numbers_before_and_after_are_those_of_the_local_tenant(
    sales: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", "diff", "old.graphql", "taxed.graphql", "--warehouse", sales]) == 0
    assert capsys.readouterr().out.endswith(
        "numbers of the tenant acme, over all the data\n"
        "  Sales.total: 20.00 → 18.00 (-10.0%)\n"
        "  Sales.half: 10.0 → 9.0 (-10.0%)\n"
        "\n"
        "1 meaning\n"
    )


def test_of_data_that_fits_one_of_the_two_the_other_has_no_numbers(
    sales: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("taxed.graphql")
    path.write_text(path.read_text().replace("amount - tax", "amount - vat"))
    command = ["schema", "diff", "old.graphql", "taxed.graphql", "--warehouse", sales]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert "  Sales.total: 20.00 → not to be had\n" in out
    assert "  NEW does not fit the warehouse: taxed.graphql:4: the metric total: " in out
    assert run([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["numbers"][0] == {"metric": "Sales.total", "was": 20.0}
    assert len(answer["notes"]) == 1


def test_json_says_the_same(sales: str, capsys: pytest.CaptureFixture[str]) -> None:
    document("{ sales { total } }")
    command = ["schema", "diff", "old.graphql", "taxed.graphql", "--json"]
    assert run([*command, "--warehouse", sales]) == 0
    out = capsys.readouterr().out
    assert '"was": 20.00' in out  # all digits of a decimal
    assert json.loads(out) == {
        "changes": [
            {
                "level": "MEANING",
                "kind": "FORMULA_CHANGED",
                "message": "Sales.total: formula",
                "members": ["Sales.total", "Sales.half"],
                "was": "SUM(amount)",
                "is": "SUM(amount - tax)",
            }
        ],
        "documents": [
            {
                "name": "finance.graphql",
                "fate": "CHANGES_MEANING",
                "reasons": ["Sales.total (Sales.total: formula)"],
            }
        ],
        "numbers": [
            {"metric": "Sales.total", "was": 20.0, "is": 18.0},
            {"metric": "Sales.half", "was": 10.0, "is": 9.0},
        ],
        "notes": [],
    }
    assert run(command) == 0
    assert "numbers" not in json.loads(capsys.readouterr().out)


def test_a_unit_changes_no_number(sales: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("taxed.graphql")
    path.write_text(Path("old.graphql").read_text().replace("USD", "EUR"))
    assert run(["schema", "diff", "old.graphql", "taxed.graphql", "--warehouse", sales]) == 0
    assert "numbers" not in capsys.readouterr().out


def test_models_come_out_of_git(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    sales_type, query = MODEL.split("type Query")
    Path("models/parts").mkdir(parents=True)
    Path("models/query.graphql").write_text(f"type Query{query}")
    Path("models/parts/sales.graphql").write_text(sales_type)
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "m"]):
        subprocess.run(["git", *arguments], check=True, cwd=tmp_path)
    Path("old.graphql").write_text(Path("taxed.graphql").read_text())
    for old, new, status in (
        ("HEAD:old.graphql", "old.graphql", 0),
        ("HEAD:models", "old.graphql", 0),
        ("HEAD:models/", "models", 0),
        ("HEAD:renamed.graphql", "models", 1),
    ):
        assert run(["schema", "diff", old, new]) == status
    out = capsys.readouterr().out
    assert out.count("Sales.total: formula") == 2
    assert out.count("nothing changed") == 1

    for name, said in (
        ("HEAD:none.graphql", "there is no schema at HEAD:none.graphql: path 'none.graphql'"),
        ("nobody:old.graphql", "there is no schema at nobody:old.graphql: "),
        ("HEAD:models/none", "there is no schema at HEAD:models/none: "),
    ):
        assert run(["schema", "diff", name, "old.graphql"]) == 1
        err = capsys.readouterr().err
        assert said in err
        assert "REVISION:PATH" in err
    Path("empty").mkdir()
    Path("empty/note.txt").write_text("")
    subprocess.run(["git", "add", "-A"], check=True, cwd=tmp_path)
    subprocess.run(["git", *who, "commit", "-q", "-m", "n"], check=True, cwd=tmp_path)
    assert run(["schema", "diff", "HEAD:empty", "old.graphql"]) == 1
    assert "HEAD:empty has no .graphql file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.graphql", "old.graphql"], "there is no schema at none.graphql"),
        (["old.graphql", "broken.graphql"], "broken.graphql:1: Syntax Error"),
        (["old.graphql", "old.graphql", "--documents", "none"], "there is no folder none"),
        (
            ["old.graphql", "old.graphql", "--documents", "odd"],
            "odd.graphql: the file is not UTF-8",
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.graphql").write_text("type {")
    Path("odd").mkdir()
    Path("odd/odd.graphql").write_bytes(b"{ \xff }")
    assert run(["schema", "diff", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_the_help_says_what_the_levels_and_the_exit_status_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        run(["schema", "diff", "--help"])
    out = capsys.readouterr().out
    for word in (
        "breaking",
        "meaning",
        "dangerous",
        "additive",
        "exit status",
        "@sunset",
        "--json",
    ):
        assert word in out
