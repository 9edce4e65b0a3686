"""Edits to the text of a schema file: where members go in and come out, in its own style.

Offsets come from the syntax tree; all that is between them is never read back from the tree, so
comments, order, commas, line endings and indentation outside an edit stay byte-identical.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    Token,
    TokenKind,
)
from graphql.language import Location

from analytics_gql.sdl.files import SchemaFile

Member = EnumValueDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode
"""What stands in a list in brackets; an argument is an InputValueDefinitionNode too."""

_LINE_ENDING = re.compile(r"\r\n|\n|\r")
_SEPARATORS = re.compile(r"[ \t,]*")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` where the characters from `start` to `end` stand.

    `reason` says what the file lacks, `line` where a reader sees it. Edits belong to one another:
    a list of arguments that is new is opened by its first edit and closed by its last.
    """

    file: Path
    start: int
    end: int
    text: str
    line: int
    reason: str


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Make all edits of one file. Those at one offset stand in the given order."""
    # Last first, so that no edit moves the offsets of another. An insertion stands before the
    # removal that starts at its offset.
    in_order = sorted(enumerate(edits), key=lambda item: (item[1].start, item[1].end, item[0]))
    for _, edit in reversed(in_order):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True, slots=True)
class Layout:
    """The text of a file, the line ending it uses and one step of its indentation."""

    text: str
    newline: str
    step: str

    def indentation(self, offset: int) -> str:
        """The blanks that open the line of an offset."""
        start = self._line_start(offset)
        end = start
        while self.text[end : end + 1] in (" ", "\t"):
            end += 1
        return self.text[start:end]

    def opens_line(self, offset: int) -> bool:
        """Whether only blanks stand before the offset on its line."""
        return not self.text[self._line_start(offset) : offset].strip(" \t")

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends, before its line ending."""
        found = _LINE_ENDING.search(self.text, offset)
        return found.start() if found else len(self.text)

    def next_line(self, offset: int) -> int:
        """Where the line after that of an offset starts."""
        found = _LINE_ENDING.search(self.text, offset)
        return found.end() if found else len(self.text)

    def skip_separators(self, offset: int) -> int:
        """The first offset from here on that is no blank and no comma."""
        found = _SEPARATORS.match(self.text, offset)
        return found.end() if found else offset

    def written(self, lines: tuple[str, ...], indentation: str) -> str:
        """Lines as they go into this file; the first one without its indentation."""
        return f"{self.newline}{indentation}".join(lines)

    def definition(self, text: str) -> str:
        """A whole definition, indented by two spaces, as it goes into this file."""
        return self.newline.join(
            self.step + line[2:] if line.startswith("  ") else line for line in text.split("\n")
        )

    def _line_start(self, offset: int) -> int:
        # Not splitlines: GraphQL ends lines at \n and \r only, never at \f or U+2028.
        before = (self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset))
        return max(before) + 1


def layout_of(file: SchemaFile) -> Layout:
    """How a file is written: its most frequent line ending, its first indented member."""
    endings = _LINE_ENDING.findall(file.text)
    newline = max(("\n", "\r\n", "\r"), key=endings.count)
    plain = Layout(file.text, newline, "  ")
    for definition in file.document.definitions:
        outer = plain.indentation(location(definition).start)
        for member in members_of(definition):
            start = location(member).start
            inner = plain.indentation(start)
            if plain.opens_line(start) and inner.startswith(outer) and inner != outer:
                return Layout(file.text, newline, inner[len(outer) :])
    return plain


def members_of(definition: Node) -> tuple[Member, ...]:
    """The fields of a type or an input, the values of an enum."""
    found = getattr(definition, "fields", None) or getattr(definition, "values", None) or ()
    return tuple(member for member in found if isinstance(member, Member))


def location(node: Node) -> Location:
    """Where a node stands; files are parsed with locations."""
    assert node.loc is not None
    return node.loc


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of members in brackets, as it stands: arguments, fields or enum values."""

    layout: Layout
    members: tuple[Member, ...]
    opening: Token
    closing: Token

    def insertion(self, after: Member | None, lines: tuple[str, ...]) -> tuple[int, str]:
        """Offset and text for a new member after one that stays, or before all of them.

        Members for one place are inserted in their order.
        """
        if self._is_on_one_line():
            return self._insertion_on_one_line(after, lines)
        layout, indentation = self.layout, self._indentation(after)
        new = layout.written(lines, indentation)
        neighbour = after or self.members[0]
        start, end = location(neighbour).start, location(neighbour).end
        comma = "," if "," in layout.text[end : layout.skip_separators(end)] else ""
        behind = end if after else self.opening.end
        rest = layout.skip_separators(behind)
        if rest == layout.line_end(rest) or layout.text[rest] == "#":
            # Behind the comment, which speaks of what stands before it on its line; and before
            # comments on lines of their own, which speak of what comes next.
            return layout.line_end(rest), f"{layout.newline}{indentation}{new}{comma}"
        if after:
            return behind, f"{layout.newline}{indentation}{new}"
        return start, f"{new}{layout.newline}{indentation}"

    def _is_on_one_line(self) -> bool:
        return self.layout.line_end(self.opening.end) >= self.closing.start

    def _insertion_on_one_line(
        self, after: Member | None, lines: tuple[str, ...]
    ) -> tuple[int, str]:
        new = " ".join(lines)
        if len(self.members) > 1:
            first, second = location(self.members[0]), location(self.members[1])
            has_commas = "," in self.layout.text[first.end : second.start]
        else:
            has_commas = ":" in new
        separator = ", " if has_commas else " "
        if after:
            return location(after).end, f"{separator}{new}"
        return location(self.members[0]).start, f"{new}{separator}"

    def _indentation(self, after: Member | None) -> str:
        candidates = (after, *self.members) if after else self.members
        for member in candidates:
            start = location(member).start
            if self.layout.opens_line(start):
                return self.layout.indentation(start)
        return self.layout.indentation(self.opening.start) + self.layout.step


def listing_of(layout: Layout, members: tuple[Member, ...]) -> Listing:
    """The list that stands around these members, of which there is at least one."""
    opening = location(members[0]).start_token.prev
    while opening is not None and opening.kind is TokenKind.COMMENT:
        opening = opening.prev
    closing = location(members[-1]).end_token.next
    while closing is not None and closing.kind is TokenKind.COMMENT:
        closing = closing.next
    assert opening is not None
    assert closing is not None
    return Listing(layout, members, opening, closing)


def new_listing(
    layout: Layout, offset: int, brackets: tuple[str, str], members: tuple[tuple[str, ...], ...]
) -> tuple[str, ...]:
    """The texts that together open, fill and close a list at an offset, a member a line."""
    if not members:
        return ()
    outer = layout.indentation(offset)
    inner = f"{outer}{layout.step}"
    texts = [f"{layout.newline}{inner}{layout.written(lines, inner)}" for lines in members]
    texts[0] = brackets[0] + texts[0]
    texts[-1] += f"{layout.newline}{outer}{brackets[1]}"
    return tuple(texts)


def removals(listing: Listing, stale: tuple[Member, ...]) -> tuple[tuple[int, int, str], ...]:
    """Start, end and text left of each member that goes.

    A member goes with its description and, when alone on its lines, with these. Comments stay.
    """
    layout = listing.layout
    found: list[tuple[int, int, str]] = []
    for node in stale:
        start, end = location(node).start, location(node).end
        comments = comments_between(layout, location(node).start_token, location(node).end_token)
        after = layout.skip_separators(end)
        if comments:
            # What follows on the line must not become part of the last comment.
            lines = comments if after == layout.line_end(after) else (*comments, "")
            found.append((start, after, layout.written(lines, layout.indentation(start))))
        elif layout.opens_line(start) and after == layout.line_end(after):
            line_start = start - len(layout.indentation(start))
            found.append((line_start, layout.next_line(after), ""))
        elif (
            layout.opens_line(start)
            or not layout.text[listing.opening.end : start].strip(" \t,")
            or (found and found[-1][1] == start)
        ):
            # The first of its line takes the separator behind it along, any other the one before.
            found.append((start, after, ""))
        else:
            before = len(layout.text[:start].rstrip(" \t,"))
            found.append((before, end, ""))
    return tuple(found)


def replacement(layout: Layout, first: Token, last: Token, text: str) -> str:
    """The text for the place of the tokens from first to last: their comments, then `text`."""
    comments = comments_between(layout, first, last)
    return layout.written((*comments, text), layout.indentation(first.start))


def comments_between(layout: Layout, first: Token, last: Token) -> tuple[str, ...]:
    """The comments from one token to another."""
    found: list[str] = []
    token: Token | None = first
    while token is not None and token is not last:
        if token.kind is TokenKind.COMMENT:
            found.append(layout.text[token.start : token.end])
        token = token.next
    return tuple(found)


def ending(layout: Layout) -> str:
    """What the end of a file needs before a definition that is separated by a blank line."""
    tail = layout.text.replace("\r\n", "\n").replace("\r", "\n").rstrip(" \t")
    if tail.endswith("\n\n"):
        return ""
    return layout.newline if tail.endswith("\n") else layout.newline * 2
