"""The derived parts of a schema, written into its files: what is missing, stale or wrong.

Datasets and records imply types (see `derived`) and verbs imply arguments (see `arguments`); these
use types that the whole model shares, and the directives need their definitions. All of it stands
in the files, so that any GraphQL tool reads them without a server.

What is expected is written as SDL and parsed, so that expected and present parts are compared
tree with tree; what goes into a file are slices of that SDL, never a printed tree. Only syntax is
looked at, because the files to mend are those that the reader refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphql import FieldDefinitionNode

from analytics_gql.errors import Fault
from analytics_gql.sdl.arguments import lookup_arguments, root_arguments
from analytics_gql.sdl.derived import COMBINATORS, derived_types
from analytics_gql.sdl.draft import DERIVED, SYNC_HINT, Draft
from analytics_gql.sdl.edits import Edit, apply_edits
from analytics_gql.sdl.files import SchemaFile, place
from analytics_gql.sdl.model_types import DatasetType, ModelTypes, RecordsType, model_types
from analytics_gql.sdl.plan_arguments import plan_arguments
from analytics_gql.sdl.plan_members import plan_members
from analytics_gql.sdl.plan_shared_definitions import plan_shared_definitions
from analytics_gql.sdl.syntax import directive_of, used_types
from analytics_gql.sdl.vocabulary import VOCABULARY_DIRECTIVES, enum_name


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What `schema sync` would write, in the order of the files, and what only people can mend.

    `files` are those that the plan was made for: its offsets count in their texts. `is_first`: none
    of them has been written to by sync, which would have defined the directives.
    """

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    files: tuple[SchemaFile, ...] = field(default=(), repr=False)
    is_first: bool = False


def plan_sync(files: tuple[SchemaFile, ...]) -> SyncPlan:
    """Compare the files with what their model implies.

    Once a plan is applied, the plan for the new texts has no edits, and faults for the same
    reasons.
    """
    if not files:
        return SyncPlan((), ())
    draft = Draft(files)
    types = model_types(files)
    unusable: set[str] = set()
    for owner in types.owners:
        unusable |= _plan_derived_types(draft, owner)
    _plan_all_arguments(draft, types, unusable)
    plan_shared_definitions(draft, types)
    draft.append_missing()
    order = {file.path: index for index, file in enumerate(files)}
    edits = sorted(draft.edits, key=lambda edit: (order[edit.file], edit.start, edit.end))
    is_first = draft.directives.keys().isdisjoint(VOCABULARY_DIRECTIVES)
    return SyncPlan(tuple(edits), tuple(sorted(draft.faults)), files, is_first)


def apply_sync(plan: SyncPlan) -> dict[Path, str]:
    """The new text of every file that changes. Nothing is written to disk."""
    return {
        file.path: apply_edits(file.text, edits)
        for file in plan.files
        if (edits := tuple(edit for edit in plan.edits if edit.file == file.path))
    }


def edits_as_faults(plan: SyncPlan) -> tuple[Fault, ...]:
    """Each edit as the disagreement that it would mend; before the first sync, all as one."""
    if plan.is_first and plan.edits:
        message = f"{len(plan.edits)} parts follow from the model, and are not written yet"
        return (Fault(plan.files[0].name, 0, message, SYNC_HINT),)
    names = {file.path: file.name for file in plan.files}
    return tuple(
        Fault(names.get(edit.file, str(edit.file)), edit.line, edit.reason, SYNC_HINT)
        for edit in plan.edits
    )


def edits_as_news(plan: SyncPlan) -> list[str]:
    """What was written, in the order of the files; at the first sync, how much."""
    written = "1 change" if len(plan.edits) == 1 else f"{len(plan.edits)} changes"
    if plan.is_first:
        files = ", ".join(dict.fromkeys(str(edit.file) for edit in plan.edits))
        return [f"wrote what follows from the model into {files}: {written}"]
    told = [f"{edit.file}:{edit.line}: {_as_news(edit.reason)}" for edit in plan.edits]
    return [*told, f"wrote {written}"]


def _as_news(reason: str) -> str:
    """What was lacking, as what is there now."""
    owner, lacks, part = reason.partition(" lacks the ")
    if lacks:
        return f"wrote the {part} ({owner})"
    title, is_missing, _ = reason.partition(" is missing")
    return f"wrote {title}" if is_missing else f"mended: {reason}"


def _plan_derived_types(draft: Draft, owner: DatasetType | RecordsType) -> set[str]:
    """Plan the types of an owner. The answer names those whose place a person's type takes."""
    unusable: set[str] = set()
    wanted = derived_types(owner)
    if not wanted:
        return unusable  # the reader says what such a type lacks
    if isinstance(owner, DatasetType):
        _find_clashes(draft, owner.name, owner.ordered, owner.filtered, "`sql` keeps its column")
        _find_leftover(draft, owner)
    else:
        hint = "@column(sql: …) keeps its column"
        _find_clashes(draft, owner.name, owner.columns, owner.columns, hint)
    for expected in wanted:
        if used_types(expected.node) & unusable:
            # It could not be written without its enum, whose fault says it all.
            unusable.add(expected.name)
        elif expected.name not in draft.types:
            name = owner.node.name
            title = f"{expected.kind} {expected.name}"
            draft.append(draft.file_of(name), DERIVED, place(name)[1], expected.node, title)
        elif not plan_members(draft, expected):
            unusable.add(expected.name)
    return unusable


def _find_clashes(
    draft: Draft,
    owner: str,
    ordered: tuple[FieldDefinitionNode, ...],
    filtered: tuple[FieldDefinitionNode, ...],
    comfort: str,
) -> None:
    """Tell fields that would have one enum value, or be taken for a combinator of filters."""
    first: dict[str, str] = {}
    for node in ordered:
        name = node.name.value
        value = enum_name(name)
        if first.get(value, name) != name:
            draft.fault(
                node.name,
                f"two fields with one enum name {value}: `{first[value]}` and `{name}`",
                f"rename one of them; {comfort}",
            )
        first.setdefault(value, name)
    for node in filtered:
        name = node.name.value
        if name in COMBINATORS:
            draft.fault(
                node.name,
                f"`{name}` of {owner} could not be filtered: `{name}` combines conditions "
                "in every filter",
                f"rename the field; {comfort}",
            )


def _find_leftover(draft: Draft, dataset: DatasetType) -> None:
    leftover = draft.types.get(f"{dataset.name}Dimension")
    if leftover is not None and not dataset.dimensions:
        draft.fault(
            leftover.name,
            f"{leftover.name.value} is there, but {dataset.name} has no @dimension field",
            "remove it, or mark a field with @dimension",
        )


def _plan_all_arguments(draft: Draft, types: ModelTypes, unusable: set[str]) -> None:
    """Plan the arguments of every root field and of every look-up."""
    roots = ((types.query_type, types.root_fields), (types.subscription_type, types.live_fields))
    for owner, root_fields in roots:
        for root_field in root_fields:
            verb = root_arguments(root_field, types)
            if verb is not None:
                title = f"type {owner}: field {root_field.name.value}"
                plan_arguments(draft, title, root_field, verb, unusable)
    for name, node in types.nodes.items():
        for link in node.fields or ():
            verb = lookup_arguments(link, types) if directive_of(link, "lookup") else None
            if verb is not None:
                title = f"type {name}: field {link.name.value}"
                plan_arguments(draft, title, link, verb, unusable)
