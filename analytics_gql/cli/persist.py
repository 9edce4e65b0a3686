"""`analytics-gql persist`: the registered documents, checked, planned and written down."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics_gql.cli.files import replace_file
from analytics_gql.compose.access import local_caller
from analytics_gql.compose.documents import documents_folder, load_registry
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model, load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import Fault, PersistedDocumentsError, SettingsError
from analytics_gql.persisted.manifest import MANIFEST, read_manifest, written_manifest
from analytics_gql.persisted.planning import Planned, plan_documents
from analytics_gql.persisted.registry import Registry, normal_form
from analytics_gql.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "persist", parents=[common], help="check the registered documents, write their manifest"
    )
    parser.add_argument(
        "--persisted-queries",
        type=Path,
        metavar="FOLDER",
        help="the registered documents (default: persisted_queries beside the model)",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if it is out of date"
    )
    parser.set_defaults(command=persist)


def persist(options: argparse.Namespace, settings: Settings) -> int:
    """Validate and plan everything, compare with what was registered, write the manifest."""
    folder = documents_folder(settings)
    if folder is None:
        raise SettingsError(
            "there is no folder persisted_queries beside the model",
            hint="make one with a .graphql file for each document, or name it with "
            "--persisted-queries",
        )
    model = load_model(settings)
    registry = load_registry(settings, model)
    path = folder / MANIFEST
    known = _known(path)
    _refuse_other_meanings(path, registry, known)
    planned = asyncio.run(_plan(settings, model, registry))
    print(_table(registry, planned))
    gone = [identifier for identifier in known if registry.find(identifier) is None]
    for identifier in gone:
        print(f"no more: {identifier}; clients that send it are answered PersistedQueryNotFound")
    manifest = written_manifest(registry.documents)
    count = f"{len(registry)} document{'' if len(registry) == 1 else 's'}"
    if path.exists() and path.read_bytes() == manifest:
        print(f"{count}; {path} is up to date")
        return 0
    if options.check:
        print(f"{count}; {path} is out of date: `analytics-gql persist` writes it")
        return 1
    replace_file(path, manifest)
    print(f"{count}; wrote {path}")
    return 0


def _known(path: Path) -> Mapping[str, str]:
    """What was registered before."""
    try:
        return read_manifest(path) or {}
    except ValueError as error:
        hint = "take it from version control again, or delete it to begin anew"
        raise SettingsError(str(error), hint=hint) from error


def _refuse_other_meanings(path: Path, registry: Registry, known: Mapping[str, str]) -> None:
    """An identifier is for ever: clients that are in the field send it. Blanks do not matter."""
    faults = tuple(
        Fault(
            document.file,
            0,
            f"'{document.name}': the identifier {document.identifier[:80]} means another document "
            f"in {path.name}",
            "give the changed document an identifier of its own",
        )
        for document in registry.documents
        if (text := known.get(document.identifier)) is not None
        and text != document.document.text
        and normal_form(text) != normal_form(document.document.text)
    )
    if faults:
        raise PersistedDocumentsError(faults)


async def _plan(settings: Settings, model: Model, registry: Registry) -> dict[str, Planned | None]:
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        return await plan_documents(registry, engine, local_caller(settings))


def _table(registry: Registry, planned: Mapping[str, Planned | None]) -> str:
    """A line for each document: its name, statements, price and identifier."""
    rows = [("name", "operation", "statements", "points", "identifier")]
    for document in registry.documents:
        found = planned[document.identifier]
        # Samples of ours are no values of the model, and the document has no example.
        takes = (
            ("not planned", "") if found is None else (str(found.statements), f"{found.points:,}")
        )
        rows.append((document.name, document.operation_name, *takes, document.identifier))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
