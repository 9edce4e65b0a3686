"""A schema on disk: one .graphql file or a folder of them, parsed, with file and line kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphql import DocumentNode, GraphQLError, Node, Source, Token, TokenKind, parse
from graphql.language import DefinitionNode

from analytics_gql.errors import Fault, ModelError, SettingsError


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One file: its path, its display name, its exact text and its syntax tree."""

    path: Path
    name: str
    text: str
    document: DocumentNode


def load_schema(path: Path) -> tuple[SchemaFile, ...]:
    """Read a file, or every `*.graphql` below a folder in the order of their names.

    Names in messages are as the path was given. Raises SettingsError if there is nothing to
    read, ModelError if a file is not GraphQL or not UTF-8.
    """
    if path.is_dir():
        paths = sorted(found for found in path.rglob("*.graphql") if found.is_file())
        if not paths:
            raise SettingsError(
                f"the schema folder {path} has no .graphql file",
                hint="put a schema.graphql into it, or name another folder with --schema",
            )
    elif path.is_file():
        paths = [path]
    else:
        raise SettingsError(
            f"there is no schema at {path}", hint="name a file or a folder with --schema"
        )
    return read_files(paths)


def read_files(paths: list[Path]) -> tuple[SchemaFile, ...]:
    """Read and parse each file; every syntax error of every file is reported at once."""
    contents: list[tuple[Path, str, bytes]] = []
    for path in paths:
        try:
            contents.append((path, str(path), path.read_bytes()))
        except OSError as error:
            raise SettingsError(
                f"the schema {path} cannot be read: {error.strerror}",
                hint="may the server's user read the file?",
            ) from error
    return parse_files(contents)


def parse_files(contents: list[tuple[Path, str, bytes]]) -> tuple[SchemaFile, ...]:
    """Parse files by path, display name and content; every syntax error is reported at once."""
    files: list[SchemaFile] = []
    faults: list[Fault] = []
    for path, name, content in contents:
        try:
            # CRLF stays as it is: edits are made at offsets of this very text.
            text = content.decode()
            files.append(SchemaFile(path, name, text, parse(Source(text, name))))
        except UnicodeDecodeError:
            faults.append(Fault(name, 0, "the file is not UTF-8", "save it as UTF-8"))
        except GraphQLError as error:
            line = error.locations[0].line if error.locations else 0
            if "Unexpected <EOF>" in error.message and not _has_tokens(text):
                faults.append(Fault(name, 0, "the file is empty", "write a type, or remove it"))
            else:
                faults.append(Fault(name, line, error.message, "mend the GraphQL syntax there"))
    if faults:
        raise ModelError(tuple(faults))
    return tuple(files)


def _has_tokens(text: str) -> bool:
    """Whether anything stands in a file besides comments, blanks and commas."""
    return any(line.split("#")[0].strip("\ufeff \t,") for line in text.splitlines())


def definitions(files: tuple[SchemaFile, ...]) -> tuple[DefinitionNode, ...]:
    """All definitions of all files, in order."""
    return tuple(node for file in files for node in file.document.definitions)


def place(node: Node) -> tuple[str, int]:
    """File name and line of a node; of what is described, not of its description."""
    if node.loc is None:
        return "schema", 0
    token: Token | None = node.loc.start_token
    description = getattr(node, "description", None)
    if description is not None and description.loc is not None:
        token = description.loc.end_token.next
        while token is not None and token.kind is TokenKind.COMMENT:
            token = token.next
    return node.loc.source.name, token.line if token is not None else 0
