"""Documents: prepared once, kept while they are used."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, get_introspection_query

from analytics_gql.errors import DocumentTooLargeError, OperationError, VariablesTooLargeError
from analytics_gql.gql.budget import DocumentLimits, check_lists
from analytics_gql.gql.document import DocumentStore

SCHEMA = build_schema("type Query { a: Int, b: Query } type Mutation { c: Int }")


def store(**options: Any) -> DocumentStore:
    return DocumentStore(SCHEMA, **{"max_tokens": 100, "entries": 2} | options)


def test_a_document_is_prepared_once() -> None:
    documents = store()
    assert documents.prepare("{ a }") is documents.prepare("{ a }")
    assert documents.prepare("{ a }") is not documents.prepare("{ a } ")


def test_the_least_recently_used_document_makes_room() -> None:
    documents = store()
    first, second = documents.prepare("{ a }"), documents.prepare("{ b { a } }")
    assert documents.prepare("{ a }") is first
    documents.prepare("{ c: a }")
    assert documents.prepare("{ a }") is first
    assert documents.prepare("{ b { a } }") is not second


def test_a_document_with_errors_takes_no_place() -> None:
    documents = store(entries=1)
    kept = documents.prepare("{ a }")
    for text in ("{ nothing }", "{"):
        assert documents.prepare(text).errors
    assert documents.prepare("{ a }") is kept


def test_tokens_are_counted_while_parsing() -> None:
    assert not store(max_tokens=5).prepare("{ a a a }").errors
    with pytest.raises(DocumentTooLargeError, match="more than 5 tokens"):
        store(max_tokens=5).prepare("{ a a a a }")


def test_operations_are_found_by_name() -> None:
    document = store().prepare("query A { a } mutation B { c } fragment F on Query { a }")
    assert document.errors
    document = store().prepare("query A { a } mutation B { c }")
    operation = document.operation("A")
    assert operation.name is not None
    assert operation.name.value == "A"
    for name in (None, ""):
        with pytest.raises(OperationError, match="2 operations"):
            document.operation(name)
    with pytest.raises(OperationError, match="no operation 'a'"):
        document.operation("a")


def doubling(levels: int, field: str) -> str:
    """A document of one field, which each fragment spreads twice into the next."""
    fragments = [
        f"fragment F{number} on Query {{ x{number}: b {{ ...F{number - 1} }} "
        f"y{number}: b {{ ...F{number - 1} }} }}"
        for number in range(1, levels)
    ]
    return f"{{ ...F{levels - 1} }} fragment F0 on Query {{ {field} }} {' '.join(fragments)}"


def test_fragments_are_counted_as_if_they_were_written_out() -> None:
    documents = store(max_tokens=5_000)
    assert not documents.prepare(doubling(11, "a")).errors  # 3,070 fields
    with pytest.raises(DocumentTooLargeError, match="more than 5,000 fields"):
        documents.prepare(doubling(12, "a"))
    with pytest.raises(DocumentTooLargeError, match="more than 5,000 fields"):
        documents.prepare(doubling(19, "a"))


def test_levels_are_bounded() -> None:
    documents = store(max_tokens=5_000)
    assert not documents.prepare("{ b " * 19 + "{ a }" + "}" * 19).errors
    with pytest.raises(DocumentTooLargeError, match="21 levels"):
        documents.prepare("{ b " * 20 + "{ a }" + "}" * 20)
    with pytest.raises(DocumentTooLargeError, match="levels"):
        documents.prepare("{ b " * 150 + "{ ...F }" + "}" * 150 + "fragment F on Query { a }")


def test_the_usual_introspection_is_small_enough() -> None:
    text = get_introspection_query(input_value_deprecation=True, specified_by_url=True)
    assert not store(max_tokens=5_000).prepare(text).errors


FEW = DocumentLimits(operations=2, aliases=2, directives=2, root_fields=2, list_items=2)


@pytest.mark.parametrize(
    ("allowed", "refused", "message"),
    [
        (
            "query A { a } query B { a }",
            "query A { a } query B { a } query C { a }",
            "3 operations, and 2",
        ),
        (
            "{ x: a b { y: a } }",
            "{ x: a b { y: a ...F } } fragment F on Query { z: a }",
            "3 aliases",
        ),
        (
            "query ($v: Boolean! = true) { a @skip(if: $v) ... @include(if: $v) { a } }",
            "{ a @skip(if: true) ... @skip(if: true) { a } ...F @skip(if: true) } "
            "fragment F on Query { a }",
            "3 directives",
        ),
        ("{ a b { a } a }", "{ a ...F } fragment F on Query { x: a b { a } }", "3 root fields"),
    ],
)
def test_what_a_document_may_have_is_counted(allowed: str, refused: str, message: str) -> None:
    documents = store(limits=FEW)
    assert not documents.prepare(allowed).errors
    with pytest.raises(DocumentTooLargeError, match=message) as stopped:
        documents.prepare(refused)
    assert stopped.value.hint


def test_aliases_are_counted_before_they_are_compared() -> None:
    """Validation compares fields in pairs; a document need not be valid to be refused."""
    many = " ".join(f"x{number}: nothing" for number in range(501))
    with pytest.raises(DocumentTooLargeError, match="501 aliases, and 500 are allowed"):
        store(max_tokens=5_000).prepare(f"{{ {many} }}")


@pytest.mark.parametrize(
    "variables",
    [
        {"ids": ["1", "2", "3"]},
        {"where": {"and": [{"id": {"in": [1, 2, 3]}}]}},
        {"a": [1], "b": [[], [[], [1, 2, 3]]]},
    ],
)
def test_lists_in_variables_are_bounded(variables: dict[str, Any]) -> None:
    check_lists(variables, 3)
    with pytest.raises(VariablesTooLargeError, match="3 items, and 2 are allowed"):
        check_lists(variables, 2)


def test_what_is_no_list_is_not_counted() -> None:
    check_lists({"text": "1,2,3", "where": {"or": [1]}}, 1)


def test_the_schema_can_be_kept_from_documents() -> None:
    documents = store(introspection=False)
    for text in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        assert "introspection has been disabled" in documents.prepare(text).errors[0].message
    assert not documents.prepare("{ __typename a }").errors
