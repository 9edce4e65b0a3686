"""Rows with places for entities → whole rows, level by level.

How it works. A row that carries links comes as one text, in which each link's place holds the
entity's key between two separators (see RowLayout). Split there, it is a list of pieces and keys
in turn. The keys of all rows of a level, as sets, go to the entity loader; the entities come back
as texts of the same form, and are the next level. When a level has no links any more, each is
joined into the one above. Python sees keys and joins texts: it reads no row and completes no field.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from analytics_gql.errors import TooManyRowsError
from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.query.row_shape import LINK, Link, RowSelection
from analytics_gql.service.loaders import EntityLoader
from analytics_gql.service.service import canonical_key

_MISSING = "null"

MAX_ENTITIES = 2_000_000
"""Entities that may stand in the rows of one answer: each is written wherever it is linked to."""


@dataclass(slots=True)
class Level:
    """Rows of one shape, and the entities that go into them."""

    rows: Sequence[str]
    selection: RowSelection
    _pieces: list[list[str]] = field(default_factory=list)
    _below: list[tuple[list[str], Level]] = field(default_factory=list)

    @property
    def links(self) -> tuple[Link, ...]:
        """What is looked up for each row."""
        return self.selection.links

    def queries(self) -> list[EntityQuery | None]:
        """What to look up for each link; None where no row has a key."""
        if not self.links:
            return []
        self._pieces = [row.split(LINK) for row in self.rows]
        found: list[EntityQuery | None] = []
        for place, link in zip(range(1, 2 * len(self.links), 2), self.links, strict=True):
            keys = dict.fromkeys(pieces[place] for pieces in self._pieces)
            keys.pop(_MISSING, None)
            if any("\\" in key for key in keys):
                for pieces in self._pieces:
                    pieces[place] = canonical_key(pieces[place])
                keys = dict.fromkeys(map(canonical_key, keys))
            query = EntityQuery(link.entity, link.rows.shape, tuple(keys), link.as_of)
            found.append(query if keys else None)
        return found

    def take(self, answers: list[tuple[EntityQuery | None, dict[str, str]]]) -> list[Level]:
        """Take the entities of each link; they are levels of their own."""
        for link, (query, texts) in zip(self.links, answers, strict=True):
            keys = [] if query is None else [key for key in query.keys if key in texts]
            below = Level([texts[key] for key in keys], link.rows)
            self._below.append((keys, below))
        return [below for _, below in self._below]

    def joined(self) -> Sequence[str]:
        """The rows, whole."""
        if not self.links:
            return self.rows
        for number, (keys, below) in enumerate(self._below):
            shown = dict(zip(keys, below.joined(), strict=True))
            place = 2 * number + 1
            for pieces in self._pieces:
                pieces[place] = shown.get(pieces[place], _MISSING)
        return ["".join(pieces) for pieces in self._pieces]


class Meeting:
    """Where the root fields of one operation wait for one another before each level of look-ups.

    So that an entity which several of them link to is looked up once a level. A field comes when
    it is resolved and leaves when it is done; it never waits for one that is not coming.
    """

    def __init__(self) -> None:
        self._present = 0
        self._waiting: list[asyncio.Future[None]] = []

    def come(self) -> None:
        """Count a field in. To be called before any field waits."""
        self._present += 1

    def leave(self) -> None:
        """Count a field out, whether or not it has an answer."""
        self._present -= 1
        self._open()

    async def wait(self) -> None:
        """Return when every field that is present waits."""
        here = asyncio.get_running_loop().create_future()
        self._waiting.append(here)
        try:
            self._open()
            await here
        finally:
            if here in self._waiting:  # cancelled
                self._waiting.remove(here)

    def _open(self) -> None:
        if len(self._waiting) >= self._present:
            waiting, self._waiting = self._waiting, []
            for here in waiting:
                if not here.done():
                    here.set_result(None)


async def complete(
    levels: tuple[Level, ...], entities: EntityLoader, meeting: Meeting
) -> list[Sequence[str]]:
    """The rows of each level with all that they link to.

    Raises TooManyRowsError, and what a look-up raises.
    """
    entities_to_write = sum(len(level.rows) * level.selection.places for level in levels)
    if entities_to_write > MAX_ENTITIES:
        raise TooManyRowsError(
            f"the answer would hold {entities_to_write:,} looked-up entities, and "
            f"{MAX_ENTITIES:,} are allowed",
            hint="ask for fewer rows at a time, or for fewer look-ups",
        )
    pending = [level for level in levels if level.links]
    while pending:
        await meeting.wait()
        asked = [level.queries() for level in pending]
        found = await asyncio.gather(
            *(entities.load(query) for queries in asked for query in queries if query is not None)
        )
        answers = iter(found)
        following: list[Level] = []
        for level, queries in zip(pending, asked, strict=True):
            following += level.take(
                [(query, {} if query is None else next(answers)) for query in queries]
            )
        pending = [level for level in following if level.links]
    return [level.joined() for level in levels]
