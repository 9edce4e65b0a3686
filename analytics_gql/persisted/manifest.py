"""Documents as files have them: authored `*.graphql`, Apollo's manifest, Relay's map.

Nothing here knows the schema; `loading.py` says which of them are in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from analytics_gql.errors import Fault
from analytics_gql.persisted.registry import (
    Registered,
    identifier_of,
    is_sha_256,
    is_well_formed,
)

MANIFEST = "manifest.json"
"""What `analytics-gql persist` writes. It tells of the documents, and is none of their sources."""

_FORMAT = "apollo-persisted-query-manifest"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as a file lists it. Only an authored one is a file of its own."""

    file: str
    identifier: str
    name: str | None
    text: str
    is_authored: bool
    example: str | None = None

    def fault(self, line: int, message: str, hint: str) -> Fault:
        """Something wrong with it, where people find it."""
        if self.is_authored:
            return Fault(self.file, line, message, hint)
        label = repr(self.name) if self.name else "the document"
        return Fault(self.file, 0, f"{label} ({self.identifier[:80]}): {message}", hint)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder lists, and what in it cannot be read."""

    documents: tuple[Listed, ...]
    faults: tuple[Fault, ...]


def document_files(folder: Path) -> list[Path]:
    """The files that list documents: `*.graphql`, then `*.json` but for our own manifest.

    Hidden files are those that editors and tools keep for themselves.
    """
    found = [
        path
        for path in folder.iterdir()
        if path.suffix in (".graphql", ".json")
        and not path.name.startswith(".")
        and path.name != MANIFEST
    ]
    return sorted(found, key=lambda path: (path.suffix != ".graphql", path.name))


def read_folder(folder: Path) -> Listing:
    """Read every file of a folder. Raises OSError if the folder itself cannot be read."""
    documents: list[Listed] = []
    faults: list[Fault] = []
    for path in document_files(folder):
        try:
            content = path.read_bytes()
        except OSError as error:
            hint = "may the server's user read it?"
            faults.append(Fault(str(path), 0, f"cannot be read: {error.strerror}", hint))
            continue
        try:
            text = content.decode()
        except UnicodeDecodeError:
            faults.append(Fault(str(path), 0, "the file is not UTF-8", "save it as UTF-8"))
            continue
        listing = _authored(path, text) if path.suffix == ".graphql" else _listed(path, text)
        documents += listing.documents
        faults += listing.faults
    return Listing(tuple(documents), tuple(faults))


def read_manifest(path: Path) -> dict[str, str] | None:
    """The texts by identifier of the manifest that `persist` wrote; None if there is none.

    Raises ValueError if it is no manifest.
    """
    try:
        content = orjson.loads(path.read_bytes())
        return {item["id"]: item["body"] for item in content["operations"]}
    except FileNotFoundError:
        return None
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not a manifest of the form {_FORMAT}") from error


def written_manifest(documents: Iterable[Registered]) -> bytes:
    """Apollo's persisted-query manifest, as its client reads it, in a stable order."""
    operations = [
        {
            "id": document.identifier,
            "name": document.operation_name,
            "type": document.operation.operation.value,
            "body": document.document.text,
        }
        for document in sorted(documents, key=lambda item: (item.operation_name, item.identifier))
    ]
    content = {"format": _FORMAT, "version": 1, "operations": operations}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


# --- one file ------------------------------------------------------------------------------------


def _authored(path: Path, text: str) -> Listing:
    if re.fullmatch(r"[A-Za-z0-9_-]+", path.stem) is None:
        hint = "rename the file: letters, digits, _ and -"
        fault = Fault(str(path), 0, "a document's file name stands in URLs", hint)
        return Listing((), (fault,))
    example = re.search(r"^#[ \t]*example:[ \t]*(\{.*\})[ \t]*$", text, re.MULTILINE)
    said = example[1] if example else None
    return Listing((Listed(str(path), identifier_of(text), path.stem, text, True, said),), ())


def _listed(path: Path, text: str) -> Listing:
    """The documents of a manifest, in whichever of the two forms."""

    def faulty(message: str) -> Listing:
        return Listing((), (Fault(str(path), 0, message, _FORMS),))

    try:
        content = json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        return faulty("the file is not JSON")
    if not isinstance(content, _Pairs):
        return faulty("the file is no manifest")
    members = dict(content)
    if "format" in members or "operations" in members:
        if members.get("format") != _FORMAT or members.get("version") != 1:
            return faulty(f"the file is not of the format {_FORMAT}, version 1")
        operations = members.get("operations")
        if type(operations) is not list:
            return faulty("the manifest has no list of operations")
        try:
            found = [_apollo(path, item) for item in operations]
        except (TypeError, ValueError):
            return faulty("an operation of the manifest lacks its id, name, type or body")
    elif all(isinstance(item, str) for _, item in content):
        found = [Listed(str(path), identifier, None, body, False) for identifier, body in content]
    else:
        return faulty("the file is no manifest")
    return Listing(tuple(found), (*_identifier_faults(found), *_name_faults(found)))


_FORMS = (
    'beside documents stand Apollo\'s manifest {"format": "apollo-persisted-query-manifest", …} '
    'and maps {"identifier": "document"}, as Relay\'s compiler writes them; move other files away'
)


def _apollo(path: Path, item: Any) -> Listed:
    """One operation of Apollo's manifest. Raises TypeError or ValueError where it is none."""
    members = dict(item)
    identifier, name, kind, body = (members.get(key) for key in ("id", "name", "type", "body"))
    if not (isinstance(identifier, str) and isinstance(name, str) and isinstance(body, str)):
        raise TypeError
    if kind not in ("query", "mutation", "subscription"):
        raise ValueError(kind)
    return Listed(str(path), identifier, name, body, False)


def _identifier_faults(listed: Iterable[Listed]) -> Iterator[Fault]:
    for document in listed:
        if not is_well_formed(document.identifier):
            yield document.fault(
                0,
                "this is no document identifier",
                "write sha256: and 64 lower case hex digits, x-….:…, or one without a colon",
            )
        elif is_sha_256(document.identifier) and document.identifier != identifier_of(
            document.text
        ):
            yield document.fault(
                0,
                "the identifier is not the SHA-256 of the document's text",
                f"it is {identifier_of(document.text)}; generate the manifest anew",
            )


def _name_faults(listed: Iterable[Listed]) -> Iterator[Fault]:
    """Clients look their identifiers up by name in Apollo's manifest: one name, one document.

    Relay's map has no names, and keeps the documents of the past.
    """
    seen: dict[str, str] = {}
    for document in listed:
        if document.name and seen.setdefault(document.name, document.text) != document.text:
            yield document.fault(
                0,
                "the manifest has another document of this name",
                "give each operation a name of its own",
            )


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with every member, also where two have one name."""


def _pairs(members: list[tuple[str, Any]]) -> _Pairs:
    return _Pairs(members)
