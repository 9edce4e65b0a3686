"""A model of entities with histories, their rows, and the as-of that plain Python makes of them.

A person's moods arrive late, are corrected, and may be of nobody; towns have keys of two fields and
change by days; regions have one row each. Rows are of two tenants that use the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tests.properties.paged_rows import Table

TENANTS = ("north", "North")

MODEL = """
type Visit @records(table: "visits", key: ["id"], tenant: "org") {
  id: ID!
  person: String
  land: String
  town: ID
  day: Date
  badge: ID
  mood: Mood @lookup(by: ["person"])
  townInfo: Town @lookup(by: ["land", "town"])
  holiday: Holiday @lookup(by: ["land", "day"])
  badgeInfo: Badge @lookup(by: ["badge"])
}
type Visits @dataset(table: "visits", tenant: "org") {
  person: String @dimension
  rows: BigInt @metric(sql: "count(*)")
  mood: Mood @lookup(by: ["person"])
}
type Mood @entity(table: "moods", key: ["person"], time: "valid_from", availableAt: "known_at", tenant: "org") {
  person: ID!
  word: String
  score: Int
  validFrom: DateTime
  knownAt: DateTime
  land: String
  town: ID
  townInfo: Town @lookup(by: ["land", "town"])
}
type Town @entity(table: "towns", key: ["land", "code"], time: "since", tenant: "org") {
  land: String!
  code: ID!
  name: String
  since: Date
  regionId: ID
  region: Region @lookup(by: ["regionId"])
}
type Region @entity(table: "regions", key: ["id"], tenant: "org") {
  id: ID!
  name: String
}
type Holiday @entity(table: "holidays", key: ["land", "day"], tenant: "org") {
  land: String!
  day: Date!
  name: String
}
type Badge @entity(table: "badges", key: ["token"], time: "since", tenant: "org") {
  token: ID!
  color: String
}
type Query {
  visits: VisitConnection
  visitCounts: [Visits!]
  mood: Mood
  moods: [Mood]
  town: Town
  region: Region
  regions: [Region]
  holiday: Holiday
  badges: [Badge]
}
"""  # noqa: E501

Row = dict[str, Any]

NAMES = (
    *("", " ", "a", "A", "ä", "null", "1", "01", "O'Brien", "''", 'say "so"', "back\\slash"),
    *("\\", '\\"', "\\u0041", "\x01", "\x1e", "\x1f\x7f", "line\nbreak\ttab\r", "</script>"),
    *("{$1}", "[1,2]", "a,b", '","', "\u2028", "\ue000", "\uffff", "😀", "👩‍👩‍👧", "e\u0301"),
)
DAYS = (date(1, 1, 1), date(2025, 12, 24), date(2025, 12, 25), date(9999, 12, 31))
BADGES = tuple(UUID(int=number) for number in (0, 1, 0xABCDEF, 2**127, 2**128 - 1))
LANDS = ("x", 'x"', "y\\", "\x1e")
NOW = datetime(2026, 1, 1, tzinfo=UTC)

INSTANTS = tuple(
    NOW + shift
    for shift in (
        *(timedelta(days=-400), timedelta(days=-30), timedelta(days=-1), timedelta(0)),
        *(timedelta(microseconds=1), timedelta(hours=1), timedelta(hours=23, microseconds=-1)),
        *(timedelta(days=1), timedelta(days=2, hours=12), timedelta(days=30), timedelta(days=365)),
    )
)
"""When things happen and become known: few, so that they tie, and asked for at the very moment."""


@dataclass(frozen=True, slots=True)
class History:
    """An entity: its table, its key, and what tells its versions apart."""

    table: str
    key: tuple[str, ...]
    time: str | None = None
    known: str | None = None


MOOD = History("moods", ("person",), "valid_from", "known_at")
TOWN = History("towns", ("land", "code"), "since")
REGION = History("regions", ("id",))
HOLIDAY = History("holidays", ("land", "day"))
BADGE = History("badges", ("token",), "since")


def build_histories() -> tuple[Table, ...]:
    """The warehouse's tables; the same on every call."""
    random = Random(20260402)

    def maybe(values: Sequence[Any], missing: float = 0.15) -> Any:
        return None if random.random() < missing else random.choice(values)

    moods: list[tuple[Any, ...]] = []
    towns: list[tuple[Any, ...]] = []
    regions: list[tuple[Any, ...]] = []
    visits: list[tuple[Any, ...]] = []
    holidays: list[tuple[Any, ...]] = []
    badges: list[tuple[Any, ...]] = []
    for tenant in TENANTS:
        for person in random.sample(NAMES, len(NAMES) - 6):
            versions = {
                (maybe(INSTANTS[:-2], 0.05), maybe(INSTANTS, 0.05))
                for _ in range(random.randrange(1, 7))
            }
            # A correction is a later row of the same time; one that arrives late is an older one.
            for valid, known in sorted(versions, key=repr):
                moods.append(
                    (
                        *(tenant, person, None if valid is None else valid.replace(tzinfo=None)),
                        *(known, maybe((f"{tenant} {len(moods)}", "\x1eglad\\", '"sad"'))),
                        *(maybe(range(5)), maybe(LANDS), maybe(range(-1, 6))),
                    )
                )
        for land in LANDS:
            for code in random.sample(range(-1, 6), 5):
                for since in {maybe(INSTANTS, 0.05) for _ in range(random.randrange(1, 4))}:
                    towns.append(
                        (
                            *(tenant, land, code, None if since is None else since.date()),
                            *(maybe((f"{tenant} {len(towns)}",)), maybe(range(8))),
                        )
                    )
        regions += [(tenant, number, maybe((f"{tenant} {number}",))) for number in range(6)]
        visits += [
            (
                *(tenant, number, maybe(NAMES), maybe((*LANDS, "nowhere")), maybe(range(-1, 7))),
                *(maybe(DAYS), maybe(BADGES)),
            )
            for number in range(60)
        ]
        holidays += [
            (tenant, land, day, maybe((f"{tenant} {land} {day}",)))
            for land in LANDS
            for day in random.sample(DAYS, 3)
        ]
        badges += [
            (tenant, badge, since, maybe((f"{tenant} {since}",)))
            for badge in BADGES[:-1]
            for since in random.sample(INSTANTS, 3)
        ]
    org = ("org", "TEXT NOT NULL")
    return (
        Table(
            "moods",
            (
                *(org, ("person", "TEXT NOT NULL"), ("valid_from", "TIMESTAMP")),
                *(("known_at", "TIMESTAMPTZ"), ("word", "TEXT"), ("score", "INTEGER")),
                *(("land", "TEXT"), ("town", "BIGINT")),
            ),
            (),
            tuple(moods),
        ),
        Table(
            "towns",
            (
                *(org, ("land", "TEXT NOT NULL"), ("code", "BIGINT NOT NULL")),
                *(("since", "DATE"), ("name", "TEXT"), ("region_id", "BIGINT")),
            ),
            (),
            _one_a_day(towns),
        ),
        Table(
            "regions",
            (org, ("id", "INTEGER NOT NULL"), ("name", "TEXT")),
            ("org", "id"),
            tuple(regions),
        ),
        Table(
            "visits",
            (
                *(org, ("id", "BIGINT NOT NULL"), ("person", "TEXT"), ("land", "TEXT")),
                *(("town", "BIGINT"), ("day", "DATE"), ("badge", "UUID")),
            ),
            ("org", "id"),
            tuple(visits),
        ),
        Table(
            "holidays",
            (
                *(org, ("land", "TEXT NOT NULL"), ("day", "DATE NOT NULL")),
                ("name", "TEXT"),
            ),
            ("org", "land", "day"),
            tuple(holidays),
        ),
        Table(
            "badges",
            (
                *(org, ("token", "UUID NOT NULL"), ("since", "TIMESTAMPTZ NOT NULL")),
                ("color", "TEXT"),
            ),
            ("org", "token", "since"),
            tuple(badges),
        ),
    )


def _one_a_day(towns: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    return tuple({town[:4]: town for town in towns}.values())


# --- what was so at an instant -------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class World:
    """The rows of one tenant, by table."""

    rows: Mapping[str, Sequence[Row]]

    def find(self, history: History, key: tuple[Any, ...], as_of: datetime | None) -> Row | None:
        """What was true of a key at an instant and known by then; without one, the newest."""
        if None in key:
            return None
        found = [
            row
            for row in self.rows[history.table]
            if tuple(str(row[name]) for name in history.key) == tuple(map(str, key))
            and (as_of is None or _stood(row, history, as_of))
        ]
        times = [name for name in (history.time, history.known) if name is not None]
        # A time that is missing is older than any.
        found.sort(key=lambda row: [_instant(row[name]) or _BEFORE for name in times])
        return found[-1] if found else None

    def mood(self, person: str | None, as_of: datetime | None, town_as_of: datetime | None) -> Any:
        """The JSON of a mood with its town and the town's region."""
        row = self.find(MOOD, (person,), as_of)
        if row is None:
            return None
        return {
            "person": row["person"],
            "word": row["word"],
            "score": row["score"],
            "validFrom": _text(row["valid_from"]),
            "knownAt": _text(row["known_at"]),
            "townInfo": self.town(row["land"], row["town"], town_as_of),
        }

    def town(self, land: str | None, code: int | str | None, as_of: datetime | None) -> Any:
        """The JSON of a town with its region."""
        row = self.find(TOWN, (land, code), as_of)
        if row is None:
            return None
        return {
            "land": row["land"],
            "code": str(row["code"]),
            "name": row["name"],
            "since": None if row["since"] is None else str(row["since"]),
            "region": self.region(row["region_id"]),
        }

    def region(self, number: int | str | None) -> Any:
        """The JSON of a region."""
        row = self.find(REGION, (number,), None)
        return None if row is None else {"id": str(row["id"]), "name": row["name"]}

    def holiday(self, land: str | None, day: date | str | None) -> Any:
        """The JSON of a holiday."""
        row = self.find(HOLIDAY, (land, day), None)
        return None if row is None else {"day": str(row["day"]), "name": row["name"]}

    def badge(self, token: UUID | str | None, as_of: datetime | None) -> Any:
        """The JSON of a badge."""
        row = self.find(BADGE, (token,), as_of)
        return None if row is None else {"token": str(row["token"]), "color": row["color"]}


REGION_FIELDS = "id name"
TOWN_FIELDS = f"land code name since region {{ {REGION_FIELDS} }}"


def mood_fields(town_as_of: str) -> str:
    """What `World.mood` has; the argument is that of the town."""
    return f"person word score validFrom knownAt townInfo{town_as_of} {{ {TOWN_FIELDS} }}"


_BEFORE = datetime.min.replace(tzinfo=UTC)


def _stood(row: Row, history: History, as_of: datetime) -> bool:
    instants = [_instant(row[name]) for name in (history.time, history.known) if name is not None]
    return all(instant is not None and instant <= as_of for instant in instants)


def _instant(value: date | datetime | None) -> datetime | None:
    """Times without a zone are of UTC, and days begin there."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _text(value: datetime | None) -> str | None:
    if value is None:
        return None
    text = value.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if value.microsecond else text) + "Z"
