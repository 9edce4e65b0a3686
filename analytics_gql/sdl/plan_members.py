"""The members of a derived or shared type that is there: missing, stale or of a wrong type.

A type under a derived name is mended when it has a member in common with the expected one;
otherwise it is a person's, and a fault.
"""

from __future__ import annotations

from graphql import (
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    TypeDefinitionNode,
)

from analytics_gql.sdl.derived import KINDS, Expected
from analytics_gql.sdl.draft import SYNC_HINT, Draft
from analytics_gql.sdl.edits import (
    Member,
    listing_of,
    location,
    members_of,
    new_listing,
    removals,
    replacement,
)
from analytics_gql.sdl.syntax import default_of, source_text, type_text, typed, used_types


def plan_members(draft: Draft, expected: Expected) -> bool:
    """Plan the members of a type that is there. False, with a fault, if it is a person's."""
    node = draft.types[expected.name]
    members = {member.name.value: member for member in members_of(node)}
    wanted = {member.name.value: member for member in members_of(expected.node)}
    extended = (m for n in draft.extensions.get(expected.name, ()) for m in members_of(n))
    present = {*members, *(member.name.value for member in extended)}
    known = {*wanted, *expected.tolerated}
    if not _is_ours(draft, node, expected, bool(present & known or not members or not wanted)):
        return False
    kept = members
    if expected.owner:
        _plan_removals(draft, node, expected.owner, known)
        kept = {name: member for name, member in members.items() if name in known}
    for name, member in kept.items():
        if name in wanted:
            _plan_type(draft, node, member, wanted[name], is_owned=expected.owner is not None)
    missing = [member for name, member in wanted.items() if name not in present]
    _plan_missing(draft, node, missing, [None, *kept.values()][-1])
    return True


def _is_ours(draft: Draft, node: TypeDefinitionNode, expected: Expected, shares: bool) -> bool:
    """Whether a type is the expected one, which it may share a member with; else it is told."""
    kind = KINDS[type(node)]
    purpose = f"derived from {expected.owner}" if expected.owner else "shared by the whole model"
    if kind != expected.kind:
        draft.fault(
            node.name,
            f"{expected.name} should be the {expected.kind} {purpose}, but is declared as {kind}",
            f"rename this {kind}",
        )
        return False
    if not shares and not _is_described_alike(node, expected.node):
        draft.fault(
            node.name,
            f"{_title(node)} should be the one {purpose}, but has no {_noun(node)} of that",
            f"rename it; if it is a leftover, remove it and {SYNC_HINT}",
        )
        return False
    return True


def _is_described_alike(node: TypeDefinitionNode, wanted: TypeDefinitionNode) -> bool:
    """Whether sync itself wrote the description: then all members may have been renamed at once."""
    return (
        node.description is not None
        and wanted.description is not None
        and node.description.value == wanted.description.value
    )


def _plan_removals(draft: Draft, node: TypeDefinitionNode, owner: str, known: set[str]) -> None:
    """Plan that members go which the type's owner has nothing for."""
    members = members_of(node)
    stale = tuple(member for member in members if member.name.value not in known)
    if not stale:
        return
    taken = removals(listing_of(draft.layout_of(node), members), stale)
    for member, (start, end, text) in zip(stale, taken, strict=True):
        name = member.name.value
        reason = f"{_title(node)}: {owner} has nothing for the {_noun(node)} `{name}`"
        draft.edit(member.name, start, end, text, reason)


def _plan_type(
    draft: Draft, node: TypeDefinitionNode, member: Member, wanted: Member, *, is_owned: bool
) -> None:
    """Plan the type and default of a field; in a shared type they are people's."""
    if isinstance(member, EnumValueDefinitionNode) or isinstance(wanted, EnumValueDefinitionNode):
        return
    if isinstance(member, FieldDefinitionNode) and isinstance(wanted, FieldDefinitionNode):
        _check_arguments(draft, node, member, wanted)
    lacks_default = default_of(wanted) is not None and default_of(member) is None
    if type_text(member.type) == type_text(wanted.type) and not lacks_default:
        return
    written = typed(wanted)
    title = f"{_title(node)}: field `{member.name.value}`"
    message = f"{title} is `{typed(member)}`, not `{written}`"
    if not is_owned:
        hint = f"write `{written}`, or rename the {KINDS[type(node)]}"
        draft.fault(member.name, message, hint)
        return
    draft.used |= used_types(wanted)
    span = location(member.type)
    text = written if lacks_default else type_text(wanted.type)
    text = replacement(draft.layout_of(node), span.start_token, span.end_token, text)
    draft.edit(member.name, span.start, span.end, text, message)


def _check_arguments(
    draft: Draft,
    node: TypeDefinitionNode,
    member: FieldDefinitionNode,
    wanted: FieldDefinitionNode,
) -> None:
    """Tell arguments that are not those of the field; only parts of the catalog have any."""
    title = f"{_title(node)}: field `{member.name.value}`"
    expected = {argument.name.value: argument for argument in wanted.arguments or ()}
    given = {argument.name.value: typed(argument) for argument in member.arguments or ()}
    if given == {name: typed(argument) for name, argument in expected.items()}:
        return
    if not expected:
        draft.fault(member.name, f"{title} takes arguments", "take them away; no verb reads them")
        return
    written = ", ".join(source_text(argument) for argument in expected.values())
    draft.fault(member.name, f"{title} takes other arguments than it has", f"write `({written})`")


def _plan_missing(
    draft: Draft, node: TypeDefinitionNode, missing: list[Member], last: Member | None
) -> None:
    """Plan the members that a type lacks, behind the last one that stays."""
    layout, members = draft.layout_of(node), members_of(node)
    lines = tuple(tuple(line.strip() for line in source_text(m).split("\n")) for m in missing)
    if members:
        listing = listing_of(layout, members)
        texts = [listing.insertion(last, member_lines) for member_lines in lines]
    else:
        end = location(node).end
        texts = [(end, text) for text in new_listing(layout, end, (" {", "}"), lines)]
    for member, (offset, text) in zip(missing, texts, strict=True):
        draft.used |= used_types(member)
        reason = f"{_title(node)} lacks the {_noun(node)} `{member.name.value}`"
        draft.insert(node.name, offset, text, reason)


def _title(node: TypeDefinitionNode) -> str:
    return f"{KINDS[type(node)]} {node.name.value}"


def _noun(node: TypeDefinitionNode) -> str:
    return "value" if KINDS[type(node)] == "enum" else "field"
