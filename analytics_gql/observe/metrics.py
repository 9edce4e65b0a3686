"""What Prometheus reads: counts of every worker of this server, in one answer.

How it works. Rooms count in plain numbers of their own, which costs a request nothing to speak of,
and are asked for them when somebody looks: whoever has something to tell registers a function
that reads it. Each worker writes its numbers to a file of a common folder once a second; the one
that is asked adds those of the others to its own. Counters of a worker that has ended stay in the
sums, so that totals never fall; its gauges are gone.

Client libraries have a mode for several processes as well. It writes to mapped files with each
count, knows no numbers that are read when somebody looks, and has to be told by a variable of the
environment before it is imported.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from analytics_gql.observe.request_counts import LATENCIES_S, Durations, Labels

logger = logging.getLogger(__name__)

PREFIX = "analytics_gql_"

WRITTEN_EVERY_S = 1.0
_MAX_ROWS = 10_000
_MAX_FILES = 200

Kind = Literal["counter", "gauge", "histogram"]
Numbers = Callable[[], Mapping[Labels, float]]
_Row = tuple[Labels, Any]


@dataclass(frozen=True, slots=True)
class _Family:
    kind: Kind
    help: str
    labels: Labels
    read: Callable[[], Mapping[Labels, Any]]


class Metrics(Collector):
    """The numbers that rooms have registered. `folder` is where workers tell each other theirs.

    A family has 10,000 sets of labels at most: what comes after these is left out, and told in the
    log once. Labels are to be few all the same: names of the model, codes, doors, never values.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._families: dict[str, _Family] = {}
        self._folder = folder
        self._file = f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._too_many: set[str] = set()

    def counter(self, name: str, help: str, labels: Sequence[str], read: Numbers) -> None:
        """Register what only grows; `read` gives the numbers so far, by values of the labels."""
        self._register(name, "counter", help, labels, read)

    def gauge(self, name: str, help: str, labels: Sequence[str], read: Numbers) -> None:
        """Register what goes up and down. With several workers each tells its own, by `worker`."""
        self._register(name, "gauge", help, labels, read)

    def histogram(
        self,
        name: str,
        help: str,
        labels: Sequence[str],
        read: Callable[[], Mapping[Labels, Durations]],
    ) -> None:
        """Register durations."""
        self._register(name, "histogram", help, labels, read)

    def _register(
        self,
        name: str,
        kind: Kind,
        help: str,
        labels: Sequence[str],
        read: Callable[[], Mapping[Labels, Any]],
    ) -> None:
        assert name not in self._families, f"two have registered {name}"
        self._families[name] = _Family(kind, help, tuple(labels), read)

    # --- what is told ------------------------------------------------------------------------

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The numbers of all workers, and the media type: OpenMetrics where it is accepted."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client.registry.Collector."""
        others = list(self._of_others())
        for name, family in self._families.items():
            told = [self._rows(name, family), *(rows.get(name, []) for rows, _ in others)]
            match family.kind:
                case "counter":
                    counter = CounterMetricFamily(PREFIX + name, family.help, labels=family.labels)
                    for labels, number in _summed(told).items():
                        counter.add_metric(labels, number)
                    yield counter
                case "histogram":
                    yield _histogram(PREFIX + name, family, told)
                case "gauge":
                    yield self._gauge(PREFIX + name, family, told[0], name, others)

    def _gauge(
        self,
        full_name: str,
        family: _Family,
        own: list[_Row],
        name: str,
        others: list[tuple[dict[str, list[_Row]], int]],
    ) -> Metric:
        labels = family.labels if self._folder is None else (*family.labels, "worker")
        gauge = GaugeMetricFamily(full_name, family.help, labels=labels)
        workers = [(own, os.getpid())]
        workers += [(rows.get(name, []), pid) for rows, pid in others if _is_alive(pid)]
        for rows, pid in workers:
            for values, number in rows:
                whose = () if self._folder is None else (str(pid),)
                gauge.add_metric((*values, *whose), number)
        return gauge

    def _rows(self, name: str, family: _Family) -> list[_Row]:
        """What this worker tells of a family, no more than there is room for."""
        rows = list(family.read().items())
        if len(rows) > _MAX_ROWS:
            if name not in self._too_many:
                self._too_many.add(name)
                logger.warning("%s has %d sets of labels: some are left out", name, len(rows))
            rows = rows[:_MAX_ROWS]
        return [
            (labels, (told.buckets, told.sum_s) if isinstance(told, Durations) else float(told))
            for labels, told in rows
        ]

    # --- what workers tell each other --------------------------------------------------------

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Tell the other workers until the block ends, and a last time then."""
        if self._folder is None:
            yield
            return
        self._drop_oldest(self._folder)
        self._write(self._folder / self._file)
        writing = asyncio.create_task(self._keep_writing(self._folder), name="metrics")
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self._write(self._folder / self._file)

    async def _keep_writing(self, folder: Path) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            self._write(folder / self._file)

    def _write(self, path: Path) -> None:
        told = {name: self._rows(name, family) for name, family in self._families.items()}
        new = path.with_suffix(".new")
        try:
            new.write_bytes(orjson.dumps(told))
            new.replace(path)  # nobody reads half of it
        except OSError as error:
            logger.warning("other workers cannot be told what this one counts: %s", error)

    def _of_others(self) -> Iterator[tuple[dict[str, list[_Row]], int]]:
        """What the other workers have told last, and their process identifiers."""
        if self._folder is None:
            return
        for path in sorted(self._folder.glob("*.json")):
            if path.name == self._file:
                continue
            try:
                told = orjson.loads(path.read_bytes())
            except (OSError, orjson.JSONDecodeError) as error:
                logger.warning("the counts of a worker cannot be read: %s", error)
                continue
            rows = {
                name: [(tuple(labels), value) for labels, value in rows]
                for name, rows in told.items()
            }
            yield rows, int(path.name.partition("-")[0])

    @staticmethod
    def _drop_oldest(folder: Path) -> None:
        """A worker that is started again and again must not fill the folder."""
        files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in files[:-_MAX_FILES]:
            path.unlink(missing_ok=True)


def _summed(told: list[list[_Row]]) -> dict[Labels, float]:
    sums: dict[Labels, float] = {}
    for rows in told:
        for labels, number in rows:
            sums[labels] = sums.get(labels, 0.0) + number
    return sums


def _histogram(name: str, family: _Family, told: list[list[_Row]]) -> Metric:
    histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
    sums: dict[Labels, Durations] = {}
    for rows in told:
        for labels, (buckets, sum_s) in rows:
            sums.setdefault(labels, Durations()).add(Durations(buckets, sum_s))
    for labels, durations in sums.items():
        ends = [*(repr(end) for end in LATENCIES_S), "+Inf"]
        so_far, cumulative = 0, []
        for end, count in zip(ends, durations.buckets, strict=True):
            so_far += count
            cumulative.append((end, so_far))
        histogram.add_metric(labels, cumulative, durations.sum_s)
    return histogram


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there is one, of another user
        return True
    return True
