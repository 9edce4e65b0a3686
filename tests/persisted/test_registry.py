"""What a document is found by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analytics_gql.compose.documents import documents_folder
from analytics_gql.compose.model import Model
from analytics_gql.errors import SettingsError
from analytics_gql.persisted.registry import Registry, identifier_of, is_well_formed
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.persisted.folders import CUSTOMER, QUERY, apollo, fill, loaded


def test_an_authored_document_is_found_by_hash_and_by_names(
    tmp_path: Path, demo_model: Model
) -> None:
    text = "# Größe\r\n" + QUERY
    registry = loaded(fill(tmp_path, {"the_day.graphql": text}), demo_model)
    digest = hashlib.sha256(text.encode()).hexdigest()
    document = registry.find(f"sha256:{digest}")
    assert document is not None
    assert document.document.text == text  # to the byte, line ends and all
    assert document.identifier == f"sha256:{digest}"
    assert registry.find(digest) is document
    for name in ("the_day", "Day", digest, f"sha256:{digest}"):
        assert registry.named(name) is document
    for name in ("the_day", "Day", digest.upper(), f"sha256:{digest.upper()}", "", "sha256:"):
        assert registry.find(name) is None
    assert registry.named("day") is None


def test_identifiers_of_manifests_are_taken_as_given(tmp_path: Path, demo_model: Model) -> None:
    folder = fill(
        tmp_path,
        {
            "apollo.json": apollo(
                (hashlib.sha256(QUERY.encode()).hexdigest(), "Day", QUERY),
                ("x-own:7", "Customer", CUSTOMER),
            ),
            # Relay's compiler writes MD5; other tools hash a text that they print differently.
            "relay.json": {
                hashlib.md5(CUSTOMER.encode()).hexdigest(): CUSTOMER,
                "a" * 64: CUSTOMER + "\n",
            },
        },
    )
    registry = loaded(folder, demo_model)
    assert len(registry) == 4
    found = registry.find(identifier_of(QUERY))
    assert found is not None
    assert found.name == found.operation_name == "Day"
    assert registry.find("x-own:7") is not None
    assert registry.find(hashlib.md5(CUSTOMER.encode()).hexdigest()) is not None
    # What is not the hash of the text does not get the prefix that says so.
    assert registry.find("a" * 64) is not None
    assert registry.find("sha256:" + "a" * 64) is None


def test_a_name_that_stands_for_several_documents_finds_none(
    tmp_path: Path, demo_model: Model
) -> None:
    """The manifests of two releases of a frontend stand side by side."""
    other = CUSTOMER.replace("name", "name segment")
    files: dict[str, object] = {
        "release-1.json": apollo(("1", "Customer", CUSTOMER), ("7", "Day", QUERY)),
        "release-2.json": apollo(("2", "Customer", other), ("7", "Day", QUERY)),
    }
    registry = loaded(fill(tmp_path, files), demo_model)
    assert [document.identifier for document in registry.documents] == ["1", "2", "7"]
    assert registry.named("Customer") is None
    assert registry.named("Day") is registry.find("7")
    # What a person has written stands above.
    files["customer.graphql"] = "# by hand\n" + CUSTOMER
    registry = loaded(fill(tmp_path, files), demo_model)
    document = registry.named("Customer")
    assert document is not None
    assert document is registry.named("customer")
    assert document.is_authored


def test_a_text_is_known_by_its_tokens(tmp_path: Path, demo_model: Model) -> None:
    registry = loaded(fill(tmp_path, {"day.graphql": QUERY}), demo_model)
    assert registry.meaning("# c\n" + QUERY.replace("\n", "  \n")) is registry.named("day")
    assert registry.meaning(QUERY.replace("orderCount", "revenue")) is None
    assert Registry().meaning(QUERY) is None


@pytest.mark.parametrize(
    ("identifier", "is_one"),
    [
        ("sha256:" + "0a" * 32, True),
        ("sha256:" + "0A" * 32, False),
        ("sha256:" + "0a" * 31, False),
        ("sha256:" + "0a" * 32 + "\n", False),
        ("x-own:anything", True),
        ("0a1b", True),
        ("md5:0a1b", False),
        ("", False),
    ],
)
def test_prefixes_are_those_of_the_appendix(identifier: str, is_one: bool) -> None:
    assert is_well_formed(identifier) is is_one


def test_the_folder_is_the_one_named_else_the_one_beside_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Without a word, the packaged model comes with its documents.
    packaged = documents_folder(Settings())
    assert packaged is not None
    assert packaged.samefile(ROOT / "persisted_queries")
    # They fit no other model.
    (tmp_path / "schema.graphql").write_text("")
    assert documents_folder(Settings()) is None
    (tmp_path / "persisted_queries").mkdir()
    assert documents_folder(Settings()) == Path("persisted_queries")
    assert documents_folder(Settings(persisted_queries=ROOT)) == ROOT
    with pytest.raises(SettingsError, match="there is no folder nothing"):
        documents_folder(Settings(persisted_queries=Path("nothing")))
