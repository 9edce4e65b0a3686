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

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    Token,
    TokenKind,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from analytics_gql.errors import Fault, suggest
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
from analytics_gql.sdl.vocabulary import FIELD_TYPES, SHARED_TYPES, VOCABULARY, enum_name

SYNC_HINT = "run `analytics-gql schema sync`"

_ROLES = ("time", "dimension", "metric")
_COMBINATORS = ("and", "or", "not")
_KINDS: dict[type[TypeDefinitionNode], str] = {
    EnumTypeDefinitionNode: "enum",
    InputObjectTypeDefinitionNode: "input",
    InterfaceTypeDefinitionNode: "interface",
    ObjectTypeDefinitionNode: "type",
    ScalarTypeDefinitionNode: "scalar",
    UnionTypeDefinitionNode: "union",
}
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
    datasets = _datasets(files)
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
                name = _listed_type(root_field.type)
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


# --- what is expected ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Dataset:
    """An object type with @dataset, and those of its fields that say what they are."""

    node: ObjectTypeDefinitionNode
    name: str
    has_range: bool
    has_time: bool
    dimensions: tuple[FieldDefinitionNode, ...]
    ordered: tuple[FieldDefinitionNode, ...]
    filtered: tuple[FieldDefinitionNode, ...]


@dataclass(frozen=True, slots=True)
class _Expected:
    """A type as it should be. `owner` is the dataset that it is derived from, if any.

    Members named in `tolerated` may stay, though none would be written.
    """

    node: TypeDefinitionNode
    owner: str | None = None
    tolerated: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.node.name.value

    @property
    def kind(self) -> str:
        return _KINDS[type(self.node)]


def _datasets(files: tuple[SchemaFile, ...]) -> dict[str, _Dataset]:
    found: dict[str, _Dataset] = {}
    for node in definitions(files):
        if not isinstance(node, ObjectTypeDefinitionNode) or node.name.value in found:
            continue
        applied = _directive(node, "dataset")
        if applied is None:
            continue
        # A field with two roles is the reader's to refuse; here the first of these counts.
        roles = [
            (role, f)
            for f in node.fields or ()
            if (role := next((r for r in _ROLES if _directive(f, r)), None))
        ]
        found[node.name.value] = _Dataset(
            node=node,
            name=node.name.value,
            has_range=any(
                argument.name.value == "time" and not isinstance(argument.value, NullValueNode)
                for argument in applied.arguments or ()
            ),
            has_time=any(role == "time" for role, _ in roles),
            dimensions=tuple(f for role, f in roles if role == "dimension"),
            ordered=tuple(f for _, f in roles),
            filtered=tuple(f for role, f in roles if role != "time"),
        )
    return found


def _derived_types(dataset: _Dataset) -> tuple[_Expected, ...]:
    """The types that a dataset implies, each behind those that it uses."""
    name = dataset.name
    types = {f.name.value: _named_type(f.type) for f in dataset.filtered}
    conditions = [
        f"and: [{name}Filter!]",
        f"or: [{name}Filter!]",
        f"not: {name}Filter",
        *(
            f"{member}: {type_name}Filter"
            for member, type_name in types.items()
            if type_name in FIELD_TYPES and member not in _COMBINATORS
        ),
    ]
    # A field of a type without filter is the reader's to report: what people wrote is not stale.
    filter_type = _Expected(
        _types(f"""\
"Conditions on `{name}`, all of which must hold: on dimensions before grouping, on metrics after."
input {name}Filter {{
{_body(conditions)}
}}
""")[0],
        name,
        frozenset(types),
    )
    order_types = _types(f"""\
"What `{name}` can be ordered by."
enum {name}OrderField {{
{_body(_values(dataset.ordered))}
}}

"One step in the order of `{name}`."
input {name}Order {{
  by: {name}OrderField!
  direction: SortDirection! = ASC
}}
""")
    derived = (filter_type, *(_Expected(node, name) for node in order_types))
    if not dataset.dimensions:
        return derived
    dimension_type = _types(f"""\
"What `{name}` can be grouped by."
enum {name}Dimension {{
{_body(_values(dataset.dimensions))}
}}
""")[0]
    return (_Expected(dimension_type, name), *derived)


def _arguments(dataset: _Dataset) -> dict[str, InputValueDefinitionNode]:
    """All standard arguments of a root field, in their order."""
    name = dataset.name
    text = f"""\
input Arguments {{
  dateRange: DateRange!
  groupBy: [{name}Dimension!]
  granularity: Granularity! = DAY
  timezone: String
  where: {name}Filter
  orderBy: [{name}Order!]
  limit: Int
}}
"""
    return {
        node.name.value: node
        for node in members_of(_types(text)[0])
        if isinstance(node, InputValueDefinitionNode)
    }


def _obstacles(dataset: _Dataset) -> dict[str, str]:
    """The standard arguments that a dataset cannot have, and why."""
    found: dict[str, str] = {}
    if not dataset.has_range:
        found |= dict.fromkeys(
            ("dateRange", "timezone"), f"the @dataset of {dataset.name} has no `time`"
        )
    if not dataset.dimensions:
        found["groupBy"] = f"{dataset.name} has no @dimension field"
    if not dataset.has_time:
        found["granularity"] = f"{dataset.name} has no @time field"
    return found


def _values(fields: tuple[FieldDefinitionNode, ...]) -> list[str]:
    return list(dict.fromkeys(enum_name(f.name.value) for f in fields))


def _body(members: list[str]) -> str:
    return "\n".join(f"  {member}" for member in members)


def _types(text: str) -> tuple[TypeDefinitionNode, ...]:
    return tuple(node for node in parse(text).definitions if isinstance(node, TypeDefinitionNode))


def _vocabulary_directives() -> tuple[DirectiveDefinitionNode, ...]:
    nodes = parse(VOCABULARY).definitions
    return tuple(node for node in nodes if isinstance(node, DirectiveDefinitionNode))


# --- what to do about it -------------------------------------------------------------------------


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
        self.used |= _used_types(node)
        reason = f"{title} is missing"
        self.missing.append(_Missing(file, heading, line, _source(node), reason))

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


def _plan_derived_types(draft: _Draft, dataset: _Dataset) -> set[str]:
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
    for expected in _derived_types(dataset):
        if _used_types(expected.node) & unusable:
            # It could not be written without its enum, whose fault says it all.
            unusable.add(expected.name)
        elif expected.name not in draft.types:
            name = dataset.node.name
            title = f"{expected.kind} {expected.name}"
            draft.append(draft.file_of(name), _DERIVED, place(name)[1], expected.node, title)
        elif not _plan_members(draft, expected):
            unusable.add(expected.name)
    return unusable


def _find_name_clashes(draft: _Draft, dataset: _Dataset) -> None:
    first: dict[str, str] = {}
    for node in dataset.ordered:
        name = node.name.value
        value = enum_name(name)
        if value in first:
            draft.fault(
                node.name,
                f"two fields with one enum name {value}: `{first[value]}` and `{name}`",
                "rename one of them; `sql` keeps its column",
            )
        first.setdefault(value, name)
    for node in dataset.filtered:
        name = node.name.value
        if name in _COMBINATORS:
            draft.fault(
                node.name,
                f"`{name}` of {dataset.name} could not be filtered: `{name}` combines conditions "
                "in every filter",
                "rename the field; `sql` keeps its column",
            )


def _plan_members(draft: _Draft, expected: _Expected) -> bool:
    """Plan the members of a type that is there. False, with a fault, if it is a person's."""
    node = draft.types[expected.name]
    kind, purpose = _KINDS[type(node)], "shared by all datasets"
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
    lines = tuple(tuple(line.strip() for line in _source(m).split("\n")) for m in missing)
    if members:
        listing, last = listing_of(layout, tuple(members.values())), [None, *kept.values()][-1]
        texts = [listing.insertion(last, member_lines) for member_lines in lines]
    else:
        end = location(node).end
        texts = [(end, text) for text in new_listing(layout, end, (" {", "}"), lines)]
    for member, (offset, text) in zip(missing, texts, strict=True):
        draft.used |= _used_types(member)
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
    if _type_text(node.type) == _type_text(wanted.type) and not lacks_default:
        return
    written = _typed(wanted)
    message = f"{title}: field `{node.name.value}` is `{_typed(node)}`, not `{written}`"
    if not is_owned:
        draft.fault(node.name, message, f"write `{written}`, or rename the input")
        return
    draft.used |= _used_types(wanted)
    span = location(node.type)
    text = written if lacks_default else _type_text(wanted.type)
    text = replacement(draft.layout_of(node), span.start_token, span.end_token, text)
    draft.edit(node.name, span.start, span.end, text, message)


def _plan_arguments(
    draft: _Draft,
    title: str,
    root_field: FieldDefinitionNode,
    dataset: _Dataset,
    unusable: set[str],
) -> None:
    """Plan the standard arguments of a root field that returns rows of a dataset."""
    if not dataset.ordered:
        return
    standard, obstacles = _arguments(dataset), _obstacles(dataset)
    usable = {
        name: argument
        for name, argument in standard.items()
        if name not in obstacles and not _used_types(argument) & unusable
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
        elif name in usable and _optional(node.type) != _optional(standard[name].type):
            draft.fault(
                node.name,
                f"{title} has the argument `{name}` of type `{_type_text(node.type)}`",
                f"write `{_source(standard[name])}`",
            )
    missing = [argument for name, argument in usable.items() if name not in present]
    lines = tuple((_source(argument),) for argument in missing)
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
        draft.used |= _used_types(argument)
        reason = f"{title} lacks the argument `{argument.name.value}`"
        draft.insert(root_field.name, offset, text, reason)


def _home(draft: _Draft, query_type: str, datasets: dict[str, _Dataset]) -> tuple[SchemaFile, int]:
    """The file for what all datasets share, and the line that stands for it."""
    for name in (query_type, *datasets):
        candidates = (draft.types.get(name), *draft.extensions.get(name, ()))
        for node in candidates:
            if node is not None:
                return draft.file_of(node), place(node.name)[1]
    return next(iter(draft.files.values())), 1


def _plan_common(draft: _Draft, home: SchemaFile, line: int) -> None:
    """Plan the vocabulary, and the shared types that are used."""
    directives, types = _vocabulary_directives(), _types(VOCABULARY)
    shared = {node.name.value: node for node in _types(SHARED_TYPES)}
    used = draft.used | _used_outside(draft)
    for node in (*directives, *types):
        used |= _used_types(node)
    # A filter uses its scalar, a range its day: until there is nothing new.
    pending = used & shared.keys()
    while pending:
        pending = {use for name in pending for use in _used_types(shared[name])} - used
        used |= pending
        pending &= shared.keys()
    needed = [(_SHARED, node) for name, node in shared.items() if name in used]
    for directive in directives:
        _plan_directive(draft, directive, home, line)
    for heading, wanted in (*needed, *((_VOCABULARY, node) for node in types)):
        expected = _Expected(wanted)
        if expected.name in draft.types:
            _plan_members(draft, expected)
        else:
            draft.append(home, heading, line, wanted, f"{expected.kind} {expected.name}")


def _plan_directive(
    draft: _Draft, wanted: DirectiveDefinitionNode, home: SchemaFile, line: int
) -> None:
    title = f"directive @{wanted.name.value}"
    node = draft.directives.get(wanted.name.value)
    if node is None:
        draft.append(home, _VOCABULARY, line, wanted, title)
    elif _signature(node) != _signature(wanted):
        # A person's description stays; where there is none, ours comes along.
        first, text = location(node).start_token, _source(wanted)
        if node.description:
            first = _keyword(node)
            text = text[_keyword(wanted).start - location(wanted).start :]
        text = replacement(draft.layout_of(node), first, location(node).end_token, text)
        reason = f"{title} is not defined as the server reads it"
        draft.edit(node.name, first.start, location(node).end, text, reason)


# --- reading the syntax tree ---------------------------------------------------------------------


def _directive(
    node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: str
) -> DirectiveNode | None:
    return next((d for d in node.directives or () if d.name.value == name), None)


def _named_type(node: TypeNode) -> str:
    return re.sub(r"\W", "", _type_text(node))


def _listed_type(node: TypeNode) -> str | None:
    """The name of T in `[T]`, whatever is required; None for anything but such a list."""
    found = re.fullmatch(r"\[(\w+)!?]!?", _type_text(node))
    return found[1] if found else None


def _type_text(node: TypeNode) -> str:
    if isinstance(node, NonNullTypeNode):
        return f"{_type_text(node.type)}!"
    if isinstance(node, ListTypeNode):
        return f"[{_type_text(node.type)}]"
    assert isinstance(node, NamedTypeNode)
    return node.name.value


def _optional(node: TypeNode) -> str:
    return _type_text(node).removesuffix("!")


def _typed(node: InputValueDefinitionNode) -> str:
    """Type and default of an argument or input field, in one line."""
    text = _type_text(node.type)
    return f"{text} = {_source(node.default_value)}" if node.default_value else text


def _mentions(node: Node) -> Iterator[NamedTypeNode]:
    """Every mention of a type below a node."""
    if isinstance(node, NamedTypeNode):
        yield node
    for key in node.keys:
        value = getattr(node, key)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from _mentions(child)


def _used_types(node: Node) -> set[str]:
    return {mention.name.value for mention in _mentions(node)}


def _used_outside(draft: _Draft) -> set[str]:
    """The types that the files mention outside of what the plan takes out so far."""
    taken = [(edit.file, edit.start, edit.end) for edit in draft.edits if edit.end > edit.start]
    return {
        mention.name.value
        for file in draft.files.values()
        for mention in _mentions(file.document)
        if not any(
            path == file.path and start <= location(mention).start < end
            for path, start, end in taken
        )
    }


def _signature(node: DirectiveDefinitionNode) -> tuple[object, ...]:
    """All that two definitions of a directive must have in common: not descriptions, not order."""
    arguments = frozenset(
        (
            argument.name.value,
            _type_text(argument.type),
            # Printed to be compared, never to be written.
            print_ast(argument.default_value) if argument.default_value else None,
        )
        for argument in node.arguments or ()
    )
    return arguments, node.repeatable, frozenset(name.value for name in node.locations)


def _keyword(node: Node) -> Token:
    """The token behind the description of a definition."""
    token = location(node).start_token
    while token.kind is not TokenKind.NAME and token.next is not None:
        token = token.next
    return token


def _source(node: Node) -> str:
    span = location(node)
    return span.source.body[span.start : span.end]
