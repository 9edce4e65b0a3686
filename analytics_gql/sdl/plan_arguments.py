"""The arguments of root fields and look-ups: what is missing, what nobody reads."""

from __future__ import annotations

from graphql import FieldDefinitionNode, InputValueDefinitionNode

from analytics_gql.errors import suggest
from analytics_gql.sdl.arguments import FieldArguments
from analytics_gql.sdl.draft import Draft
from analytics_gql.sdl.edits import listing_of, location, new_listing
from analytics_gql.sdl.syntax import optional, source_text, type_text, used_types


def plan_arguments(
    draft: Draft, title: str, node: FieldDefinitionNode, verb: FieldArguments, unusable: set[str]
) -> None:
    """Plan the arguments of a field; none whose type a person's takes the place of."""
    usable = {
        name: argument
        for name, argument in verb.standard.items()
        if name not in verb.obstacles and not used_types(argument) & unusable
    }
    present = {argument.name.value: argument for argument in node.arguments or ()}
    for name, argument in present.items():
        found = _fault(name, argument, verb, usable)
        if found:
            message, hint = found
            draft.fault(argument.name, f"{title} has the argument `{name}`{message}", hint)
    missing = [argument for name, argument in usable.items() if name not in present]
    texts = _texts(draft, node, missing, tuple(verb.standard))
    for argument, (offset, text) in zip(missing, texts, strict=True):
        draft.used |= used_types(argument)
        reason = f"{title} lacks the argument `{argument.name.value}`"
        draft.insert(node.name, offset, text, reason)


def _fault(
    name: str,
    argument: InputValueDefinitionNode,
    verb: FieldArguments,
    usable: dict[str, InputValueDefinitionNode],
) -> tuple[str, str] | None:
    """What is wrong with an argument that is there, and how to mend it."""
    if name not in verb.standard:
        hint = verb.instead.get(name) or suggest(name, tuple(verb.standard), "remove it")
        return ", and no verb reads it", hint
    if name in verb.obstacles:
        hint = f"remove it, or give {verb.owner} what it lacks"
        return f", but {verb.obstacles[name]}", hint
    if name not in usable:
        return None
    # Whether an argument must be given, and what it is if not, is for people to decide; but
    # nothing is looked up without its key.
    written = type_text if name in verb.required else optional
    if written(argument.type) == written(verb.standard[name].type):
        return None
    return f" of type `{type_text(argument.type)}`", f"write `{source_text(verb.standard[name])}`"


def _texts(
    draft: Draft,
    node: FieldDefinitionNode,
    missing: list[InputValueDefinitionNode],
    order: tuple[str, ...],
) -> list[tuple[int, str]]:
    """Offset and text of each missing argument: behind the one before it that is there."""
    layout = draft.layout_of(node)
    lines = tuple((source_text(argument),) for argument in missing)
    if not node.arguments:
        end = location(node.name).end
        if len(missing) == 1:
            return [(end, f"({lines[0][0]})")]
        return [(end, text) for text in new_listing(layout, end, ("(", ")"), lines)]
    present = {argument.name.value: argument for argument in node.arguments}
    listing = listing_of(layout, tuple(node.arguments))
    texts = []
    for argument, argument_lines in zip(missing, lines, strict=True):
        before = order[: order.index(argument.name.value)]
        after = [None, *(present[name] for name in before if name in present)][-1]
        texts.append(listing.insertion(after, argument_lines))
    return texts
