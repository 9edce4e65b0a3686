"""Every fault of a folder of documents, told at once and by the file's name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analytics_gql.compose.model import Model
from analytics_gql.persisted.manifest import MANIFEST, read_manifest, written_manifest
from analytics_gql.persisted.registry import identifier_of
from tests.persisted.folders import CUSTOMER, QUERY, apollo, faults, fill, loaded

OTHER = CUSTOMER.replace("name", "segment")
MARKED = apollo(("1", "Customer", CUSTOMER))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.graphql": "query A {"}, "a.graphql:1: Syntax Error: Expected Name"),
        ({"a.graphql": ""}, "a.graphql:1: Syntax Error: Unexpected <EOF>"),
        ({"a.graphql": b"\xff"}, "a.graphql: the file is not UTF-8"),
        (
            {"a.graphql": "query A {\n  orderMetric { revenue }\n}"},
            "a.graphql:2: Cannot query field 'orderMetric' on type 'Query'",
        ),
        ({"a.graphql": "query A { __typename } query B { __typename }"}, "has 2 operations"),
        ({"a.graphql": "fragment F on Customer { name }"}, "has 0 operations"),
        ({"a.graphql": "\nmutation M { drop }"}, "a.graphql:2: the operation is a mutation"),
        (
            {"a.graphql": "subscription S { live }"},
            "a.graphql:1: Cannot query field 'live' on type 'Subscription'",
        ),
        (
            {"a.graphql": "subscription { orders(first: 1) { totalCount } }"},
            "the operation has no name",
        ),
        ({"a.graphql": "{ __typename }"}, "a.graphql:1: the operation has no name"),
        ({"a b.graphql": CUSTOMER}, "a b.graphql: a document's file name stands in URLs"),
        (
            {"a.graphql": '\n# example: {"id": }\n' + CUSTOMER},
            "a.graphql:2: the example is not a JSON object",
        ),
        ({"a.graphql": "query A { " + "a " * 6_000 + "}"}, "more than 5000 tokens"),
        (
            {"a.graphql": CUSTOMER, "b.graphql": OTHER},
            "b.graphql: the name 'Customer' is that of another document in ",
        ),
        (
            {"a.graphql": CUSTOMER, "b.graphql": CUSTOMER},
            "b.graphql: the same document is in ",
        ),
        (
            {"a.json": {"abc": CUSTOMER}, "abc.graphql": QUERY},
            "abc.graphql: the name 'abc' is the identifier of another document",
        ),
        (
            {"a.json": {"sha256:" + "0" * 64: CUSTOMER}},
            f"the identifier is not the SHA-256 of the document's text – it is "
            f"{identifier_of(CUSTOMER)}",
        ),
        ({"a.json": {"md5:77": CUSTOMER}}, "a.json: the document (md5:77): this is no document"),
        (
            {"a.json": '{"1": "query A{__typename}", "1": "query B{__typename}"}'},
            "a.json: the document (1): another document has this identifier",
        ),
        (
            {"a.json": {"1": CUSTOMER}, "b.json": {"1": OTHER}},
            "b.json: the document (1): another document has this identifier in ",
        ),
        (
            {"a.json": apollo(("1", "Customer", CUSTOMER), ("2", "Customer", OTHER))},
            "a.json: 'Customer' (2): the manifest has another document of this name",
        ),
        (
            {"a.json": apollo(("1", "Client", CUSTOMER))},
            "a.json: 'Client' (1): the operation's name is Customer",
        ),
        (
            {"a.json": apollo(("1", "A", "query A {\n a }"))},
            "a.json: 'A' (1): Cannot query field 'a' on type 'Query'",
        ),
        ({"a.json": {"1": "query A {"}}, "a.json: the document (1): Syntax Error"),
        ({"a.json": "{"}, "a.json: the file is not JSON"),
        ({"a.json": "[" * 100_000}, "a.json: the file is not JSON"),
        ({"a.json": []}, "a.json: the file is no manifest"),
        ({"a.json": {"name": "an-npm-package", "private": True}}, "a.json: the file is no man"),
        ({"a.json": MARKED | {"version": 2}}, "a.json: the file is not of the format"),
        ({"a.json": MARKED | {"operations": 1}}, "a.json: the manifest has no list of op"),
        ({"a.json": MARKED | {"operations": [1]}}, "a.json: an operation of the manifest lacks"),
        ({"a.json": MARKED | {"operations": [{"id": 1}]}}, "a.json: an operation of the man"),
    ],
)
def test_a_fault_is_told_by_the_file_s_name(
    tmp_path: Path, demo_model: Model, files: dict[str, object], said: str
) -> None:
    found = faults(fill(tmp_path, files), demo_model)
    assert said in found[0]
    assert " – " in found[0], "a fault says how to mend it"


def test_all_faults_are_told_at_once(tmp_path: Path, demo_model: Model) -> None:
    files = {"a.graphql": "query A { a b }", "b.json": {"1": "{"}, "c.graphql": QUERY}
    found = faults(fill(tmp_path, files), demo_model)
    assert [fault.partition(":")[0] for fault in found] == ["a.graphql", "a.graphql", "b.json"]


def test_what_is_no_document_of_ours_is_left_alone(tmp_path: Path, demo_model: Model) -> None:
    others = {".hidden.graphql": "{", ".a.json": "{", "README.md": "#", MANIFEST: "{"}
    assert len(loaded(fill(tmp_path, others), demo_model)) == 0
    assert len(loaded(fill(tmp_path, others | {"day.graphql": QUERY}), demo_model)) == 1


def test_an_authored_document_stays_where_a_manifest_lists_it_too(
    tmp_path: Path, demo_model: Model
) -> None:
    folder = fill(tmp_path, {"the_day.graphql": QUERY})
    written = written_manifest(loaded(folder, demo_model).documents)
    registry = loaded(fill(folder, {"copy_of_the_manifest.json": written}), demo_model)
    assert len(registry) == 1
    assert registry.named("the_day") is registry.named("Day") is registry.documents[0]
    assert registry.documents[0].is_authored


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, demo_model: Model) -> None:
    (tmp_path / "a.graphql").mkdir()
    (tmp_path / "b.json").symlink_to(tmp_path / "nothing")
    assert [fault.partition(" –")[0] for fault in faults(tmp_path, demo_model)] == [
        "a.graphql: cannot be read: Is a directory",
        "b.json: cannot be read: No such file or directory",
    ]


def test_a_manifest_of_ours_is_one_of_apollo_s(tmp_path: Path, demo_model: Model) -> None:
    folder = fill(tmp_path / "one", {"day.graphql": QUERY, "relay.json": {"abc": CUSTOMER}})
    written = written_manifest(loaded(folder, demo_model).documents)
    again = loaded(fill(tmp_path / "two", {"list.json": written}), demo_model)
    assert [
        (document.identifier, document.name, document.document.text) for document in again.documents
    ] == [("abc", "Customer", CUSTOMER), (identifier_of(QUERY), "Day", QUERY)]
    assert written_manifest(again.documents) == written
    assert read_manifest(tmp_path / "two" / "list.json") == {
        "abc": CUSTOMER,
        f"sha256:{hashlib.sha256(QUERY.encode()).hexdigest()}": QUERY,
    }
    assert read_manifest(tmp_path / "nothing") is None
