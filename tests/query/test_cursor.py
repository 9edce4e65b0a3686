from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.errors import (
    CursorInvalidError,
    CursorMismatchError,
    CursorStaleError,
    OrderError,
)
from analytics_gql.query.cursor import Cursor, CursorSigner, check_cursor

ACME = Caller("acme")
SIGNER = CursorSigner(b"a secret of some length")
TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=4)


def written(position: str = '["a",null]', caller: Caller = ACME) -> str:
    return SIGNER.encode(SIGNER.head("question", "order", "v1.2"), position, caller)


@given(TEXTS, st.one_of(st.none(), st.text()), st.text(min_size=1))
def test_decoding_undoes_encoding(
    texts: list[str | None], version: str | None, tenant: str
) -> None:
    caller = Caller(tenant)
    try:
        position = orjson.dumps(texts).decode()
        head = SIGNER.head("q", "o", version)
    except TypeError:  # lone surrogates are no text that an engine could have written
        return
    text = SIGNER.encode(head, position, caller)
    assert SIGNER.decode(text, caller) == Cursor("q", "o", version, tuple(texts))


@given(st.data())
def test_an_altered_cursor_is_refused(data: st.DataObject) -> None:
    text = written()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(max_codepoint=0x2FF))
    altered = text[:place] + letter + text[place + 1 :]
    if altered == text:
        return
    with pytest.raises(CursorInvalidError) as caught:
        SIGNER.decode(altered, ACME)
    assert caught.value.code == "CURSOR_INVALID"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "a", "====", "é", "\ud800", "x" * 100_000, base64.b64encode(b"[1]").decode()]
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalidError):
        SIGNER.decode(text, ACME)


def test_a_cursor_cut_or_padded_is_refused() -> None:
    for text in (written()[:-1], written() + "A", written() + "=", " " + written()):
        with pytest.raises(CursorInvalidError):
            SIGNER.decode(text, ACME)


@pytest.mark.parametrize("other", [Caller("birch"), Caller(None), Caller("acm"), Caller("-")])
def test_another_tenants_cursor_is_refused(other: Caller) -> None:
    with pytest.raises(CursorInvalidError):
        SIGNER.decode(written(), other)
    with pytest.raises(CursorInvalidError):
        SIGNER.decode(written(caller=other), ACME)


def test_another_secret_is_refused() -> None:
    with pytest.raises(CursorInvalidError):
        CursorSigner(b"another secret of some length").decode(written(), ACME)


def test_a_cursor_of_another_form_is_stale() -> None:
    head = b"[0" + SIGNER.head("question", "order", None)[2:]
    with pytest.raises(CursorStaleError):
        SIGNER.decode(SIGNER.encode(head, "[]", ACME), ACME)


def test_a_cursor_belongs_to_its_question_and_its_order() -> None:
    cursor = SIGNER.decode(written(), ACME)
    check_cursor(cursor, "question", "order")
    with pytest.raises(CursorMismatchError, match="another question"):
        check_cursor(cursor, "other", "order")
    with pytest.raises(CursorMismatchError, match="another order"):
        check_cursor(cursor, "question", "other")


def test_a_cursor_can_stand_in_a_url_as_it_is() -> None:
    assert set(written()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_version_is_sealed() -> None:
    assert SIGNER.seal(None) is None
    assert SIGNER.seal("v") == SIGNER.seal("v") != SIGNER.seal("w")
    assert SIGNER.seal("v") != CursorSigner(b"another secret of some length").seal("v")


def test_a_cursor_that_could_not_be_read_back_is_not_written() -> None:
    assert SIGNER.decode(written(f'["{"x" * 12_000}"]'), ACME)
    with pytest.raises(OrderError, match="too long for a cursor"):
        written(f'["{"x" * 13_000}"]')
