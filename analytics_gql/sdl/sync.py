"""The derived parts of a schema, written into its files: what is missing, stale or wrong.

A dataset `T` implies `TDimension`, `TFilter`, `TOrderField`, `TOrder` and the arguments of the
root fields that return it; these use types that all datasets share, and the directives need their
definitions. All of it stands in the files, so that any GraphQL tool reads them without a server.

What is expected is written as SDL and parsed, so that expected and present parts are compared
tree with tree; what goes into a file are slices of that SDL, never a printed tree. Only syntax is
looked at, because the files to mend are those that the reader refuses. A type under a derived name
is mended when it has a member in common with the expected one; otherwise it is a person's, and a
fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from analytics_gql.errors import Fault, suggest
from analytics_gql.sdl.derived import (
    COMBINATORS,
    KINDS,
    DatasetType,
    Expected,
    dataset_types,
    derived_types,
    directives_in,
    obstacles_of,
    standard_arguments,
    types_in,
)
from analytics_gql.sdl.edits import (
    Edit,
    Layout,
    apply_edits,
    ending,
    layout_of,
    listing_of,
    location,
    members_of,
    new_listing,
    removals,
    replacement,
)
from analytics_gql.sdl.files import SchemaFile, definitions, place
from analytics_gql.sdl.read import query_type_name
from analytics_gql.sdl.syntax import (
    keyword,
    listed_type,
    mentions,
    optional,
    signature,
    source_text,
    type_text,
    typed,
    used_types,
)
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY, enum_name

SYNC_HINT = "run `analytics-gql schema sync`"

_DERIVED, _SHARED, _VOCABULARY = (
    "# Derived from the datasets, written by `analytics-gql schema sync`.",
    "# Shared by all datasets, written by `analytics-gql schema sync`.",
    "# What the directives mean, written by `analytics-gql schema sync`.",
)
"""The headings under which definitions are appended to a file, in this order."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What `schema sync` would write, in the order of the files, and what only people can mend.

    `files` are those that the plan was made for: its offsets count in their texts.
    """

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    files: tuple[SchemaFile, ...] = field(default=(), repr=False)


def plan_sync(files: tuple[SchemaFile, ...]) -> SyncPlan:
    """Compare the files with what their datasets imply.

    Once a plan is applied, the plan for the new texts has no edits, and faults for the same
    reasons.
    """
    if not files:
        return SyncPlan((), ())
    draft = _Draft(files)
    datasets = dataset_types(files)
    unusable: set[str] = set()
    for dataset in datasets.values():
        unusable |= _plan_derived_types(draft, dataset)
    query_type = query_type_name(files)
    for node in definitions(files):
        if (
            isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
            and node.name.value == query_type
        ):
            for root_field in node.fields or ():
                name = listed_type(root_field.type)
                if name in datasets:
                    title = f"type {query_type}: field {root_field.name.value}"
                    _plan_arguments(draft, title, root_field, datasets[name], unusable)
    _plan_common(draft, *_home(draft, query_type, datasets))
    draft.append_missing()
    order = {file.path: index for index, file in enumerate(files)}
    edits = sorted(draft.edits, key=lambda edit: (order[edit.file], edit.start, edit.end))
    return SyncPlan(tuple(edits), tuple(sorted(draft.faults)), files)


def apply_sync(plan: SyncPlan) -> dict[Path, str]:
    """The new text of every file that changes. Nothing is written to disk."""
    return {
        file.path: apply_edits(file.text, edits)
        for file in plan.files
        if (edits := tuple(edit for edit in plan.edits if edit.file == file.path))
    }


def edits_as_faults(plan: SyncPlan) -> tuple[Fault, ...]:
    """Each edit as the disagreement that it would mend."""
    names = {file.path: file.name for file in plan.files}
    return tuple(
        Fault(names.get(edit.file, str(edit.file)), edit.line, edit.reason, SYNC_HINT)
        for edit in plan.edits
    )


@dataclass(frozen=True, slots=True)
class _Missing:
    """A definition to append to a file under a heading."""

    file: SchemaFile
    heading: str
    line: int
    text: str
    reason: str


class _Draft:
    """What the files define, and the edits and faults found so far."""

    def __init__(self, files: tuple[SchemaFile, ...]) -> None:
        self.files = {file.name: file for file in files}
        self.layouts = {file.name: layout_of(file) for file in files}
        self.types: dict[str, TypeDefinitionNode] = {}
        self.directives: dict[str, DirectiveDefinitionNode] = {}
        self.extensions: dict[str, list[TypeExtensionNode]] = {}
        self.edits: list[Edit] = []
        self.faults: list[Fault] = []
        self.missing: list[_Missing] = []
        self.used: set[str] = set()
        """Names of the types that new text mentions."""
        for node in definitions(files):
            if isinstance(node, TypeDefinitionNode):
                self.types.setdefault(node.name.value, node)
            elif isinstance(node, DirectiveDefinitionNode):
                self.directives.setdefault(node.name.value, node)
            elif isinstance(node, TypeExtensionNode):
                self.extensions.setdefault(node.name.value, []).append(node)

    def file_of(self, node: Node) -> SchemaFile:
        return self.files[place(node)[0]]

    def layout_of(self, node: Node) -> Layout:
        return self.layouts[place(node)[0]]

    def edit(self, at: Node, start: int, end: int, text: str, reason: str) -> None:
        """Plan an edit in the file of a node, to be seen in the line of the node."""
        self.edits.append(Edit(self.file_of(at).path, start, end, text, place(at)[1], reason))

    def insert(self, at: Node, offset: int, text: str, reason: str) -> None:
        self.edit(at, offset, offset, text, reason)

    def append(self, file: SchemaFile, heading: str, line: int, node: Node, title: str) -> None:
        self.used |= used_types(node)
        reason = f"{title} is missing"
        self.missing.append(_Missing(file, heading, line, source_text(node), reason))

    def fault(self, at: Node, message: str, hint: str) -> None:
        self.faults.append(Fault(*place(at), message, hint))

    def append_missing(self) -> None:
        """Plan the definitions that no file has, behind everything else in their files."""
        for file in self.files.values():
            layout, end = self.layouts[file.name], len(file.text)
            before = ending(layout)
            for heading in (_DERIVED, _SHARED, _VOCABULARY):
                opening = heading + layout.newline * 2
                for new in self.missing:
                    if new.file is file and new.heading == heading:
                        text = before + opening + layout.definition(new.text) + layout.newline
                        self.edits.append(Edit(file.path, end, end, text, new.line, new.reason))
                        before, opening = layout.newline, ""


def _plan_derived_types(draft: _Draft, dataset: DatasetType) -> set[str]:
    """Plan the types of a dataset. The answer names those whose place a person's type takes."""
    unusable: set[str] = set()
    if not dataset.ordered:
        # Nothing to derive: an enum must have a value. The reader says what such a type lacks.
        return unusable
    _find_name_clashes(draft, dataset)
    leftover = draft.types.get(f"{dataset.name}Dimension")
    if leftover is not None and not dataset.dimensions:
        draft.fault(
            leftover.name,
            f"{leftover.name.value} is there, but {dataset.name} has no @dimension field",
            "remove it, or mark a field with @dimension",
        )
    for expected in derived_types(dataset):
        if used_types(expected.node) & unusable:
            # It could not be written without its enum, whose fault says it all.
            unusable.add(expected.name)
        elif expected.name not in draft.types:
            name = dataset.node.name
            title = f"{expected.kind} {expected.name}"
            draft.append(draft.file_of(name), _DERIVED, place(name)[1], expected.node, title)
        elif not _plan_members(draft, expected):
            unusable.add(expected.name)
    return unusable


def _find_name_clashes(draft: _Draft, dataset: DatasetType) -> None:
    first: dict[str, str] = {}
    for node in dataset.ordered:
        name = node.name.value
        value = enum_name(name)
        if first.get(value, name) != name:
            draft.fault(
                node.name,
                f"two fields with one enum name {value}: `{first[value]}` and `{name}`",
                "rename one of them; `sql` keeps its column",
            )
        first.setdefault(value, name)
    for node in dataset.filtered:
        name = node.name.value
        if name in COMBINATORS:
            draft.fault(
                node.name,
                f"`{name}` of {dataset.name} could not be filtered: `{name}` combines conditions "
                "in every filter",
                "rename the field; `sql` keeps its column",
            )


def _plan_members(draft: _Draft, expected: Expected) -> bool:
    """Plan the members of a type that is there. False, with a fault, if it is a person's."""
    node = draft.types[expected.name]
    kind, purpose = KINDS[type(node)], "shared by all datasets"
    if expected.owner:
        purpose = f"derived from {expected.owner}"
    if kind != expected.kind:
        draft.fault(
            node.name,
            f"{expected.name} should be the {expected.kind} {purpose}, but is declared as {kind}",
            f"rename this {kind}",
        )
        return False
    title, noun = f"{kind} {expected.name}", "value" if kind == "enum" else "field"
    members = {member.name.value: member for member in members_of(node)}
    wanted = {member.name.value: member for member in members_of(expected.node)}
    extended = (m for n in draft.extensions.get(expected.name, ()) for m in members_of(n))
    present = {*members, *(member.name.value for member in extended)}
    known = {*wanted, *expected.tolerated}
    if members and wanted and not present & known and not _is_described_alike(node, expected.node):
        draft.fault(
            node.name,
            f"{title} should be the one {purpose}, but has no {noun} of that",
            f"rename it; if it is a leftover, remove it and {SYNC_HINT}",
        )
        return False
    layout = draft.layout_of(node)
    kept = dict(members)
    if expected.owner:
        stale = tuple(kept.pop(name) for name in members if name not in known)
        if stale:
            taken = removals(listing_of(layout, tuple(members.values())), stale)
            for member, (start, end, text) in zip(stale, taken, strict=True):
                reason = (
                    f"{title}: {expected.owner} has nothing for the {noun} `{member.name.value}`"
                )
                draft.edit(member.name, start, end, text, reason)
    for name, member in kept.items():
        if name in wanted:
            _plan_type(draft, title, member, wanted[name], is_owned=expected.owner is not None)
    missing = [member for name, member in wanted.items() if name not in present]
    lines = tuple(tuple(line.strip() for line in source_text(m).split("\n")) for m in missing)
    if members:
        listing, last = listing_of(layout, tuple(members.values())), [None, *kept.values()][-1]
        texts = [listing.insertion(last, member_lines) for member_lines in lines]
    else:
        end = location(node).end
        texts = [(end, text) for text in new_listing(layout, end, (" {", "}"), lines)]
    for member, (offset, text) in zip(missing, texts, strict=True):
        draft.used |= used_types(member)
        draft.insert(node.name, offset, text, f"{title} lacks the {noun} `{member.name.value}`")
    return True


def _is_described_alike(node: TypeDefinitionNode, wanted: TypeDefinitionNode) -> bool:
    """Whether sync itself wrote the description: then all members may have been renamed at once."""
    return (
        node.description is not None
        and wanted.description is not None
        and node.description.value == wanted.description.value
    )


def _plan_type(draft: _Draft, title: str, node: Node, wanted: Node, *, is_owned: bool) -> None:
    """Plan the type and default of an input field; in a shared input they are people's."""
    if not isinstance(node, InputValueDefinitionNode) or not isinstance(
        wanted, InputValueDefinitionNode
    ):
        return
    lacks_default = wanted.default_value is not None and node.default_value is None
    if type_text(node.type) == type_text(wanted.type) and not lacks_default:
        return
    written = typed(wanted)
    message = f"{title}: field `{node.name.value}` is `{typed(node)}`, not `{written}`"
    if not is_owned:
        draft.fault(node.name, message, f"write `{written}`, or rename the input")
        return
    draft.used |= used_types(wanted)
    span = location(node.type)
    text = written if lacks_default else type_text(wanted.type)
    text = replacement(draft.layout_of(node), span.start_token, span.end_token, text)
    draft.edit(node.name, span.start, span.end, text, message)


def _plan_arguments(
    draft: _Draft,
    title: str,
    root_field: FieldDefinitionNode,
    dataset: DatasetType,
    unusable: set[str],
) -> None:
    """Plan the standard arguments of a root field that returns rows of a dataset."""
    if not dataset.ordered:
        return
    standard, obstacles = standard_arguments(dataset), obstacles_of(dataset)
    usable = {
        name: argument
        for name, argument in standard.items()
        if name not in obstacles and not used_types(argument) & unusable
    }
    present = {node.name.value: node for node in root_field.arguments or ()}
    for name, node in present.items():
        if name not in standard:
            draft.fault(
                node.name,
                f"{title} has the argument `{name}`, and no verb reads it",
                suggest(name, tuple(standard), "remove it"),
            )
        elif name in obstacles:
            draft.fault(
                node.name,
                f"{title} has the argument `{name}`, but {obstacles[name]}",
                "remove it, or give the dataset what it lacks",
            )
        # Whether an argument must be given, and what it is if not, is for people to decide.
        elif name in usable and optional(node.type) != optional(standard[name].type):
            draft.fault(
                node.name,
                f"{title} has the argument `{name}` of type `{type_text(node.type)}`",
                f"write `{source_text(standard[name])}`",
            )
    missing = [argument for name, argument in usable.items() if name not in present]
    lines = tuple((source_text(argument),) for argument in missing)
    layout = draft.layout_of(root_field)
    if present:
        listing = listing_of(layout, tuple(root_field.arguments or ()))
        texts = []
        for argument, argument_lines in zip(missing, lines, strict=True):
            names = tuple(standard)
            before = names[: names.index(argument.name.value)]
            after = [None, *(present[name] for name in before if name in present)][-1]
            texts.append(listing.insertion(after, argument_lines))
    else:
        end = location(root_field.name).end
        texts = [(end, text) for text in new_listing(layout, end, ("(", ")"), lines)]
    for argument, (offset, text) in zip(missing, texts, strict=True):
        draft.used |= used_types(argument)
        reason = f"{title} lacks the argument `{argument.name.value}`"
        draft.insert(root_field.name, offset, text, reason)


def _home(
    draft: _Draft, query_type: str, datasets: dict[str, DatasetType]
) -> tuple[SchemaFile, int]:
    """The file for what all datasets share, and the line that stands for it."""
    for name in (query_type, *datasets):
        candidates = (draft.types.get(name), *draft.extensions.get(name, ()))
        for node in candidates:
            if node is not None:
                return draft.file_of(node), place(node.name)[1]
    return next(iter(draft.files.values())), 1


def _plan_common(draft: _Draft, home: SchemaFile, line: int) -> None:
    """Plan the vocabulary, and the shared types that are used."""
    directives, types = directives_in(VOCABULARY), types_in(VOCABULARY)
    shared = {node.name.value: node for node in types_in(SHARED_TYPES)}
    used = draft.used | _used_outside(draft)
    for node in (*directives, *types):
        used |= used_types(node)
    # A filter uses its scalar, a range its day: until there is nothing new.
    pending = used & shared.keys()
    while pending:
        pending = {use for name in pending for use in used_types(shared[name])} - used
        used |= pending
        pending &= shared.keys()
    needed = [(_SHARED, node) for name, node in shared.items() if name in used]
    for directive in directives:
        _plan_directive(draft, directive, home, line)
    for heading, wanted in (*needed, *((_VOCABULARY, node) for node in types)):
        expected = Expected(wanted)
        if expected.name in draft.types:
            _plan_members(draft, expected)
        else:
            draft.append(home, heading, line, wanted, f"{expected.kind} {expected.name}")


def _used_outside(draft: _Draft) -> set[str]:
    """The types that the files mention outside of what the plan takes out so far."""
    taken = [(edit.file, edit.start, edit.end) for edit in draft.edits if edit.end > edit.start]
    return {
        mention.name.value
        for file in draft.files.values()
        for mention in mentions(file.document)
        if not any(
            path == file.path and start <= location(mention).start < end
            for path, start, end in taken
        )
    }


def _plan_directive(
    draft: _Draft, wanted: DirectiveDefinitionNode, home: SchemaFile, line: int
) -> None:
    title = f"directive @{wanted.name.value}"
    node = draft.directives.get(wanted.name.value)
    if node is None:
        draft.append(home, _VOCABULARY, line, wanted, title)
    elif signature(node) != signature(wanted):
        # A person's description stays; where there is none, ours comes along.
        first, text = location(node).start_token, source_text(wanted)
        if node.description:
            first = keyword(node)
            text = text[keyword(wanted).start - location(wanted).start :]
        text = replacement(draft.layout_of(node), first, location(node).end_token, text)
        reason = f"{title} is not defined as the server reads it"
        draft.edit(node.name, first.start, location(node).end, text, reason)
