from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from analytics_gql.cli.parser import run
from analytics_gql.settings import Settings
from tests.doors.in_process import refused, serving

ROOT = Path(__file__).parent.parent.parent
SCHEMA = ["--schema", str(ROOT / "schema.graphql")]
TOP = ["sign", "top_products", *SCHEMA, "--param", "start=2026-04-01", "--param", "end=2026-06-30"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == 0
    return capsys.readouterr().out.strip()


async def test_the_url_shows_the_answer_without_a_key(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    url = printed(capsys, *TOP, "--param", "countries=DE,FR", "--base-url", "https://api.test/")
    assert url.startswith("https://api.test/graphql/p/top_products?start=2026-04-01&end=")
    other = printed(capsys, *TOP, "--param", "countries=DE,FR", "--tenant", "globex")
    assert other.startswith("http://127.0.0.1:8000/graphql/p/top_products?")
    settings = Settings(
        schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}", keys=keys
    )
    async with serving(settings) as client:
        parts = urlsplit(url)
        answer = await client.get(f"{parts.path}?{parts.query}")
        assert answer.json()["data"]["orderMetrics"]
        assert answer.headers["cache-control"].startswith("public, max-age=300, s-maxage=300")
        theirs = urlsplit(other)
        another = await client.get(f"{theirs.path}?{theirs.query}")
        assert another.json()["data"] != answer.json()["data"]
        without = parts.query.partition("&__signed")[0]
        refused(await client.get(f"{parts.path}?{without}"), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sign", "top_product", *SCHEMA], "did you mean 'top_products'"),
        ([*TOP, "--param", "starts=x"], "has no variable 'starts'"),
        ([*TOP, "--param", "start"], "is no parameter"),
        ([*TOP, "--expires-in", "soon"], "write 30m, 24h or 7d"),
        ([*TOP, "--expires-in", "4000d"], "a year at the most"),
    ],
)
def test_what_cannot_be_signed_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(arguments) == 1
    assert told in capsys.readouterr().err
