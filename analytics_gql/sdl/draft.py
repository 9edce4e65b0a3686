"""A plan of `schema sync` while it is made: what the files define, the edits and faults so far."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import DirectiveDefinitionNode, Node, TypeDefinitionNode, TypeExtensionNode

from analytics_gql.errors import Fault
from analytics_gql.sdl.edits import Edit, Layout, ending, layout_of, location
from analytics_gql.sdl.files import SchemaFile, definitions, place
from analytics_gql.sdl.syntax import mentions, source_text, used_types

SYNC_HINT = "run `analytics-gql schema sync`"

DERIVED, SHARED, VOCABULARY_HEADING = (
    "# Derived from the model, written by `analytics-gql schema sync`.",
    "# Shared by the whole model, written by `analytics-gql schema sync`.",
    "# What the directives mean, written by `analytics-gql schema sync`.",
)
"""The headings under which definitions are appended to a file, in this order."""


@dataclass(frozen=True, slots=True)
class _Missing:
    """A definition to append to a file under a heading."""

    file: SchemaFile
    heading: str
    line: int
    text: str
    reason: str


class Draft:
    """Lives as long as one plan is made."""

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
        """The file in which a node stands."""
        return self.files[place(node)[0]]

    def layout_of(self, node: Node) -> Layout:
        """How the file of a node is written."""
        return self.layouts[place(node)[0]]

    def edit(self, at: Node, start: int, end: int, text: str, reason: str) -> None:
        """Plan an edit in the file of a node, to be seen in the line of the node."""
        self.edits.append(Edit(self.file_of(at).path, start, end, text, place(at)[1], reason))

    def insert(self, at: Node, offset: int, text: str, reason: str) -> None:
        """Plan new text at an offset."""
        self.edit(at, offset, offset, text, reason)

    def append(self, file: SchemaFile, heading: str, line: int, node: Node, title: str) -> None:
        """Plan a definition that a file lacks."""
        self.used |= used_types(node)
        reason = f"{title} is missing"
        self.missing.append(_Missing(file, heading, line, source_text(node), reason))

    def fault(self, at: Node, message: str, hint: str) -> None:
        """Tell what only people can mend."""
        self.faults.append(Fault(*place(at), message, hint))

    def append_missing(self) -> None:
        """Plan the definitions that no file has, behind everything else in their files."""
        for file in self.files.values():
            layout, end = self.layouts[file.name], len(file.text)
            before = ending(layout)
            for heading in (DERIVED, SHARED, VOCABULARY_HEADING):
                opening = heading + layout.newline * 2
                for new in self.missing:
                    if new.file is file and new.heading == heading:
                        text = before + opening + layout.definition(new.text) + layout.newline
                        self.edits.append(Edit(file.path, end, end, text, new.line, new.reason))
                        before, opening = layout.newline, ""

    def used_outside(self) -> set[str]:
        """The types that the files mention outside of what the plan takes out so far."""
        taken = [(edit.file, edit.start, edit.end) for edit in self.edits if edit.end > edit.start]
        return {
            mention.name.value
            for file in self.files.values()
            for mention in mentions(file.document)
            if not any(
                path == file.path and start <= location(mention).start < end
                for path, start, end in taken
            )
        }
