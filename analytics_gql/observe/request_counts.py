"""How many requests there were and how long they took, by few enough names."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics_gql.observe.asked import AD_HOC, Used

LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper ends of the histograms' buckets; statements may run for half a minute."""

_MAX_SERIES = 1_000
OTHER = "other"


@dataclass(slots=True, eq=False)
class Durations:
    """How many there were in each bucket, the last of which has no end, and the sum of all."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENCIES_S) + 1))
    sum_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """One more that took so long."""
        # A bucket holds what is less than or equal to its upper end.
        self.buckets[bisect_left(LATENCIES_S, seconds)] += 1
        self.sum_s += seconds

    def add(self, other: Durations) -> None:
        """All of another's as well."""
        self.buckets = [one + more for one, more in zip(self.buckets, other.buckets, strict=True)]
        self.sum_s += other.sum_s


Labels = tuple[str, ...]


class RequestCounts:
    """Durations by door, operation, document and code.

    Operations and documents of registered documents have names of their own; all others are one.
    Of a server whose documents change all the time no more than a thousand are told apart.
    """

    def __init__(self) -> None:
        self._series: dict[tuple[str, str, str, str], Durations] = {}

    def series(self, door: str, operation: str | None, document: str, code: str) -> Durations:
        """Where durations of this kind are counted; to be kept by whoever counts often."""
        name = "" if operation is None or document == AD_HOC else operation
        found = self._series.get((door, name, document, code))
        if found is not None:
            return found
        if len(self._series) >= _MAX_SERIES:
            name, document = OTHER, OTHER
        return self._series.setdefault((door, name, document, code), Durations())

    def totals(self) -> Mapping[Labels, float]:
        """How many, by door, operation, document and code."""
        return {labels: sum(found.buckets) for labels, found in self._series.items()}

    def durations(self) -> Mapping[Labels, Durations]:
        """How long they took, by door and document."""
        found: dict[Labels, Durations] = {}
        for (door, _, document, _), durations in self._series.items():
            found.setdefault((door, document), Durations()).add(durations)
        return found


class FieldUses:
    """Counts executed documents by each member of the schema that they use, once a document.

    Members are schema coordinates, so no more are counted than the schema has.
    """

    _MOST_APART = 1_000

    def __init__(self) -> None:
        # Documents are asked again and again: what they use is added up when somebody looks.
        self._by_document: dict[Used, int] = {}
        self._counts: Counter[str] = Counter()

    def count(self, used: Used) -> None:
        """One more document that uses these coordinates."""
        self._by_document[used] = self._by_document.get(used, 0) + 1
        if len(self._by_document) > self._MOST_APART:
            self._add_up()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each coordinate was used."""
        self._add_up()
        return self._counts

    def _add_up(self) -> None:
        for used, times in self._by_document.items():
            for coordinate in used.coordinates:
                self._counts[coordinate] += times
        self._by_document.clear()
