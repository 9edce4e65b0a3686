"""Two servers share results where they have the same warehouse, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_gql.errors import SettingsError
from analytics_gql.warehouses.place import place_of

SERVER = "postgresql://reader:s3cret@db.example:5432/shop?options=-csearch_path%3Dgold"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SERVER, SERVER.replace("db.example", "db2.example")),
        (SERVER, SERVER.replace("5432", "5433")),
        (SERVER, SERVER.replace("/shop", "/shop2")),
        (SERVER, SERVER.replace("reader", "writer")),
        (SERVER, SERVER.replace("gold", "silver")),
        (
            "postgresql://a:b@h1/x?application_name=a@b",
            "postgresql://a:b@h2/y?application_name=a@b",
        ),
        ("duckdb:///data/one.duckdb", "duckdb:///data/other.duckdb"),
    ],
)
def test_another_warehouse_is_another_place(one: str, other: str) -> None:
    assert place_of(one, "m") != place_of(other, "m")


@pytest.mark.parametrize(
    "url",
    [
        "duckdb:///data/shop.duckdb",
        "postgresql:///shop",
        "postgresql://user@/shop",
        "postgresql://localhost/shop",
        "postgresql://user:pw@localhost:5432/shop",
        "postgresql://127.0.0.1:5432/shop",
        "postgresql://[::1]:5432/shop",
        "postgresql://postgres@/shop?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/shop",
        "postgresql://localhost,db.example/shop",
    ],
)
def test_what_is_on_a_machine_is_another_warehouse_on_another_machine(url: str) -> None:
    assert place_of(url, "one") != place_of(url, "other")
    assert place_of(url, "one") == place_of(url, "one")


@pytest.mark.parametrize(
    "url", [SERVER, "postgresql://h1,h2:5433/shop", "postgresql:///shop?host=db.example"]
)
def test_a_server_is_the_same_one_from_every_machine(url: str) -> None:
    assert place_of(url, "one") == place_of(url, "other")


def test_a_password_is_no_part_of_it() -> None:
    changed = SERVER.replace("s3cret", "n3w:er")
    assert place_of(SERVER, "m") == place_of(changed, "m")
    assert "s3cret" not in place_of(SERVER, "m")
    assert "s3cret" not in place_of("postgresql://u@h/d?sslmode=require&password=s3cret", "m")


def test_a_relative_path_is_the_place_it_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_of("duckdb://shop.duckdb", "m") == place_of(
        f"duckdb://{tmp_path}/shop.duckdb", "m"
    )
    with pytest.raises(SettingsError):
        place_of("duckdb://", "m")
