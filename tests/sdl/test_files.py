"""A schema on disk: a file or a folder, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_gql.errors import ModelError, SettingsError
from analytics_gql.sdl.files import definitions, load_schema, place

TYPE = "type A { b: Int }\n"


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_schema(path)
    return [str(fault).replace(str(path), "…") for fault in caught.value.faults]


def test_a_file_keeps_its_text_and_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.graphql").write_bytes("\ufefftype A {\r\n  b: Int # ä\r\n}\r\n".encode())
    (file,) = load_schema(Path("model.graphql"))
    assert (file.name, file.path) == ("model.graphql", Path("model.graphql"))
    assert file.text.endswith("# ä\r\n}\r\n")
    assert place(definitions((file,))[0]) == ("model.graphql", 1)


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "sub.graphql").mkdir()
    for name in ("b.graphql", "a.graphql", "sub.graphql/c.graphql", "notes.md", "d.gql"):
        (tmp_path / name).write_text(TYPE)
    files = load_schema(tmp_path)
    names = [str(file.path.relative_to(tmp_path)) for file in files]
    assert names == ["a.graphql", "b.graphql", "sub.graphql/c.graphql"]
    assert [place(node)[0] for node in definitions(files)] == [str(file.path) for file in files]


def test_every_file_that_cannot_be_parsed_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("type A {\n  b: Int\n  c Int\n}\n")
    (tmp_path / "b.graphql").write_bytes(b"type A { b: Int } # \xff\n")
    (tmp_path / "c.graphql").write_text("# nothing yet\n\n ,\n")
    (tmp_path / "d.graphql").write_text("type A {\n  b: Int\n")
    (tmp_path / "e.graphql").write_text(f"type A {{ b: {'[' * 5_000}Int{']' * 5_000} }}")
    (tmp_path / "f.graphql").write_text(TYPE)
    (tmp_path / "g.graphql").write_text('type A @b(c: "\n") { b: Int }')
    assert faults_of(tmp_path) == [
        "…/a.graphql:3: Syntax Error: Expected ':', found Name 'Int'. – "
        "mend the GraphQL syntax there",
        "…/b.graphql: the file is not UTF-8 – save it as UTF-8",
        "…/c.graphql: the file is empty – write a type, or remove it",
        "…/d.graphql:3: Syntax Error: Expected Name, found <EOF>. – mend the GraphQL syntax there",
        "…/e.graphql:1: Syntax Error: Document is nested too deeply. Parsing aborted. – "
        "mend the GraphQL syntax there",
        "…/g.graphql:1: Syntax Error: Unterminated string. – mend the GraphQL syntax there",
    ]


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"has no \.graphql file") as caught:
        load_schema(tmp_path)
    assert caught.value.hint == (
        "put a schema.graphql into it, or name another folder with --schema"
    )
    with pytest.raises(SettingsError, match="there is no schema at"):
        load_schema(tmp_path / "model.graphql")


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.graphql"
    path.write_text(TYPE)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as a user who may read everything.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        load_schema(path)
