"""The @lookup fields of a type → Lookups, each with the fields that hold the entity's key."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import FieldDefinitionNode

from analytics_gql.errors import suggest
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.relation import Place
from analytics_gql.sdl.applied import Applied
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import place
from analytics_gql.sdl.model_types import EntityType, ModelTypes
from analytics_gql.sdl.syntax import named_type, type_text


@dataclass(frozen=True, slots=True)
class Link:
    """A field with @lookup."""

    node: FieldDefinitionNode
    applied: Applied

    @property
    def name(self) -> str:
        """The field's name."""
        return self.node.name.value


@dataclass(frozen=True, slots=True)
class KeyHolders:
    """The fields of a type that may hold the key of an entity, and what such fields are called."""

    noun: str
    names: tuple[str, ...]


def read_lookups(
    owner: str, links: list[Link], holders: KeyHolders, types: ModelTypes, faults: FaultList
) -> tuple[Lookup, ...]:
    """The look-ups that lead to an entity, in their order. Faults are appended."""
    found: list[Lookup] = []
    for link in links:
        title = f"{owner}.{link.name}"
        _check_type(link, title, faults)
        entity = types.entities.get(named_type(link.node.type))
        if entity is None:
            _tell_no_entity(link, title, types, faults)
        if link.applied["by"] is None:
            continue  # told already
        by = tuple(link.applied["by"])
        _check_names(link, owner, by, holders, faults)
        if entity is not None:
            _check_count(link, title, by, entity, faults)
            description = link.node.description
            found.append(
                Lookup(
                    link.name,
                    entity.name,
                    by,
                    Place(*place(link.node)),
                    description.value if description else None,
                )
            )
    return tuple(found)


def _check_type(link: Link, title: str, faults: FaultList) -> None:
    name = named_type(link.node.type)
    if type_text(link.node.type) != name:
        faults.add(
            link.node,
            f"{title} is of type {type_text(link.node.type)}, but a look-up finds one or none",
            f"write {name}",
        )


def _tell_no_entity(link: Link, title: str, types: ModelTypes, faults: FaultList) -> None:
    name = named_type(link.node.type)
    if name in types.objects:
        message = f"{title} looks up {name}, which has no @entity"
        hint = f'add @entity(table: "…", key: ["…"]) to {name}'
    else:
        known = list(types.entities)
        message = f"{title} looks up {name}, which is no type with @entity"
        hint = suggest(name, known, f"those are {', '.join(known)}" if known else "define one")
    faults.add(link.node, message, hint)


def _check_names(
    link: Link, owner: str, by: tuple[str, ...], holders: KeyHolders, faults: FaultList
) -> None:
    title = f"{owner}.{link.name}"
    for name in dict.fromkeys(by):
        if name not in holders.names:
            known = ", ".join(holders.names)
            faults.add(
                link.node,
                f"{title} is looked up by '{name}', which is no {holders.noun} of {owner}",
                suggest(name, holders.names, f"those are {known}" if known else "add one"),
            )
        elif by.count(name) > 1:
            faults.add(link.node, f"{title} is looked up by '{name}' twice", "name each field once")


def _check_count(
    link: Link, title: str, by: tuple[str, ...], entity: EntityType, faults: FaultList
) -> None:
    if entity.key and len(by) != len(entity.key):
        key = ", ".join(field.name.value for field in entity.key)
        faults.add(
            link.node,
            f"{title} is looked up by {len(by)} field{'' if len(by) == 1 else 's'}, and the key of "
            f"{entity.name} has {len(entity.key)}",
            f"name the fields that hold {key}, in this order",
        )
