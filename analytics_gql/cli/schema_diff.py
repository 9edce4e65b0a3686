"""`analytics-gql schema diff OLD NEW`: what a change of the model does to those who ask it."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from analytics_gql.cli.revisions import load_revision
from analytics_gql.compose.access import local_caller
from analytics_gql.compose.service import open_service
from analytics_gql.errors import (
    AccessError,
    ModelError,
    PersistedDocumentsError,
    RequestError,
    SettingsError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
)
from analytics_gql.gql.changed_documents import ChangedDocument, Fate, changed_documents
from analytics_gql.persisted.manifest import Listed, read_folder
from analytics_gql.sdl.changes import Change, Level
from analytics_gql.sdl.diff import Version, schema_changes, version_of
from analytics_gql.service.totals import Total, totals
from analytics_gql.settings import Settings

_ONLY_SHOWN = frozenset({"UNIT_CHANGED", "FORMAT_CHANGED", "BETTER_CHANGED"})
"""Changes of meaning that change no number."""

_DOCUMENTS = Path("persisted_queries")

_EPILOG = """\
OLD and NEW are files or folders, or such in git: `main:schema.graphql`. Both are compared as
`schema sync` would write them.

A change is
  breaking    a question that was answered may be refused
  meaning     the same question has other values: a changed formula, filter, join, table …
  dangerous   a question may be answered otherwise than its author expects
  additive    every question is answered as before
A removal is dangerous, not breaking, from the day on that the field's @sunset announced.

exit status: 0, or 1 if anything is breaking or a document would fail; with --strict also if
any meaning changes
"""


@dataclass(frozen=True, slots=True)
class Number:
    """A metric's value in OLD and in NEW, as far as they could be had: by `was` and `is`."""

    metric: str
    values: dict[str, Total]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The values of changed metrics, and why some are not there."""

    of: tuple[Number, ...]
    notes: tuple[str, ...]


def add_parser(actions: Any) -> None:
    """Add the command."""
    parser = actions.add_parser(
        "diff",
        help="classify what changed: breaking, meaning, dangerous or additive",
        description="Compare two versions of a model, and name the documents that a change hits.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="the model as it was")
    parser.add_argument("new", metavar="NEW", help="the model as it is to be")
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="clients' documents, *.graphql (default: ./persisted_queries, if it is there)",
    )
    parser.add_argument(
        "--warehouse",
        nargs="?",
        const="",
        metavar="URL",
        help="also print the numbers of changed metrics before and after, over all the data of "
        "the local tenant (without URL: the default one)",
    )
    parser.add_argument("--strict", action="store_true", help="changes of meaning fail, too")
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    parser.set_defaults(command=schema_diff)


def schema_diff(options: argparse.Namespace, settings: Settings) -> int:
    """Print every change; exit with 1 as the help says."""
    old, new = (version_of(load_revision(name)) for name in (options.old, options.new))
    changes = schema_changes(old, new, datetime.now(UTC).date())
    documents = changed_documents(_documents(options.documents), old, new, changes)
    numbers: Numbers | None = None
    if options.warehouse is not None:
        chosen = settings.model_copy(update={"warehouse": options.warehouse or None})
        numbers = asyncio.run(_numbers(chosen, old, new, changes))
    if options.json:
        print(_as_json(changes, documents, numbers))
    else:
        print("\n".join(_as_text(changes, documents, numbers, settings.local_tenant)))
    return int(_fails(changes, documents, strict=options.strict))


def _fails(
    changes: tuple[Change, ...], documents: tuple[ChangedDocument, ...], *, strict: bool
) -> bool:
    levels = {change.level for change in changes}
    fates = {document.fate for document in documents}
    return Level.BREAKING in levels or Fate.FAILS in fates or (strict and Level.MEANING in levels)


def _documents(folder: Path | None) -> list[tuple[str, str]]:
    """The documents of a folder, those of frontends' manifests too, as (name, text).

    Raises SettingsError or PersistedDocumentsError.
    """
    if folder is None:
        folder = _DOCUMENTS
        if not folder.is_dir():
            return []
    if not folder.is_dir():
        raise SettingsError(
            f"there is no folder {folder}", hint="name the folder of documents with --documents"
        )
    try:
        listing = read_folder(folder)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be read: {error.strerror}") from error
    if listing.faults:
        raise PersistedDocumentsError(listing.faults)
    return [(_label(item), item.text) for item in listing.documents]


def _label(listed: Listed) -> str:
    """The file of a document, and where that lists several, which one."""
    file = Path(listed.file).name
    return file if listed.is_authored else f"{file}: {listed.name or listed.identifier}"


# --- numbers -------------------------------------------------------------------------------------


async def _numbers(
    settings: Settings, old: Version, new: Version, changes: tuple[Change, ...]
) -> Numbers:
    """The metrics whose values change, in the order of the new model."""
    changed = {
        member
        for change in changes
        if change.level is Level.MEANING and change.kind not in _ONLY_SHOWN
        for member in change.members
    }
    known = set(_metrics(old))
    common = [name for name in _metrics(new) if name in known and name in changed]
    notes: list[str] = []
    was = await _totals(settings, old, common, "OLD", notes)
    now = await _totals(settings, new, common, "NEW", notes)
    numbers = tuple(
        Number(name, {word: f[name] for word, f in (("was", was), ("is", now)) if name in f})
        for name in common
    )
    return Numbers(numbers, tuple(notes))


_NO_ANSWER = (
    RequestError,
    AccessError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
)
"""What is wrong with one question; a warehouse that cannot be reached ends the command."""


async def _totals(
    settings: Settings, version: Version, wanted: list[str], title: str, notes: list[str]
) -> dict[str, Total]:
    """The values of metrics by coordinate; why one is not there is noted."""
    found: dict[str, Total] = {}
    datasets: dict[str, list[str]] = {}
    for coordinate in wanted:
        dataset, _, metric = coordinate.partition(".")
        datasets.setdefault(dataset, []).append(metric)
    if not datasets:
        return found
    try:
        async with open_service(settings, version.catalog) as service:
            for dataset, metrics in datasets.items():
                try:
                    values = await totals(service, dataset, metrics, local_caller(settings))
                except _NO_ANSWER as error:
                    notes.append(f"{title} has no answer for {dataset}: {error.message}")
                else:
                    found |= {f"{dataset}.{metric}": values[metric] for metric in metrics}
    except ModelError as error:
        # The data is that of one of the two: tables of the other may not be there.
        notes += [f"{title} does not fit the warehouse: {fault}" for fault in error.faults]
    return found


def _metrics(version: Version) -> Iterator[str]:
    for dataset in version.catalog.datasets:
        for metric in dataset.metrics:
            yield f"{dataset.name}.{metric.name}"


# --- what is printed -----------------------------------------------------------------------------


def _as_text(
    changes: tuple[Change, ...],
    documents: tuple[ChangedDocument, ...],
    numbers: Numbers | None,
    tenant: str,
) -> Iterator[str]:
    for change in changes:
        yield f"{change.level.value:<9}  {change.message}"
        if change.level is Level.MEANING:
            yield f"{'':<9}    was   {change.was or 'nothing'}"
            yield f"{'':<9}    is    {change.now or 'nothing'}"
            subject = change.message.rpartition(": ")[0]
            others = [name for name in change.members if name != subject or "." not in name]
            if hits := [_hit(name, subject) for name in others]:
                yield f"{'':<9}    hits  {', '.join(hits)}"
    if documents:
        yield "\ndocuments"
        for document in documents:
            yield f"  {document.name} {document.fate.value}"
            for reason in document.reasons:
                yield f"    {reason}"
    if numbers is not None and numbers.of:
        yield f"\nnumbers of the tenant {tenant}, over all the data"
        for number in numbers.of:
            values = [_shown(number.values.get(word, "not to be had")) for word in ("was", "is")]
            yield f"  {number.metric}: {' → '.join(values)}{_difference(number.values)}"
        yield from (f"  {note}" for note in numbers.notes)
    yield _summary(changes, documents)


def _hit(member: str, subject: str) -> str:
    """A member of the type that a change is about, by its name alone."""
    owner = subject.partition(",")[0].partition(".")[0]
    return "its rows" if member == owner else member.removeprefix(f"{owner}.")


def _summary(changes: tuple[Change, ...], documents: tuple[ChangedDocument, ...]) -> str:
    if not changes:
        return "nothing changed"
    counts = Counter(change.level for change in changes)
    parts = [f"{counts[level]} {level.value}" for level in Level if counts[level]]
    failing = [document.name for document in documents if document.fate is Fate.FAILS]
    if failing:
        parts.append(f"{len(failing)} document{'s' if len(failing) > 1 else ''} would fail")
    return f"\n{', '.join(parts)}"


def _shown(value: Total) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return f"{value:,}"
        case _:
            return value


def _difference(values: dict[str, Total]) -> str:
    was, now = values.get("was"), values.get("is")
    if isinstance(was, str | bool | None) or isinstance(now, str | bool | None):
        return ""
    if was == now:
        return " (the same)"
    return f" ({(Decimal(now) - was) / abs(Decimal(was)):+.1%})" if was else ""


def _as_json(
    changes: tuple[Change, ...],
    documents: tuple[ChangedDocument, ...],
    numbers: Numbers | None,
) -> str:
    answer: dict[str, Any] = {
        "changes": [_change_json(change) for change in changes],
        "documents": [
            {"name": document.name, "fate": document.fate.name, "reasons": document.reasons}
            for document in documents
        ],
    }
    if numbers is not None:
        answer["numbers"] = [
            {"metric": number.metric}
            | {word: _plain(value) for word, value in number.values.items()}
            for number in numbers.of
        ]
        answer["notes"] = numbers.notes
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _change_json(change: Change) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "level": change.level.name,
        "kind": change.kind,
        "message": change.message,
        "members": change.members,
    }
    if change.level is Level.MEANING:
        shown |= {"was": change.was, "is": change.now}
    return shown


def _plain(value: Total) -> object:
    """Exact decimals as JSON numbers of all their digits."""
    return orjson.Fragment(str(value)) if isinstance(value, Decimal) else value
