"""The results as a table for people."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.rounds import Ratio


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio. Without a target it is printed for the record."""

    name: str
    engine: str
    ratio: Ratio
    target: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's text, column by column."""
        ratio = self.ratio
        verdict = "–"
        if self.target is not None:
            verdict = "met" if ratio.median <= self.target else "NOT met"
        return (
            self.name,
            self.engine,
            f"{ratio.floor_ms:.2f}",
            f"{ratio.subject_ms:.2f}",
            f"{_figure(ratio.median)} ({_figure(ratio.p10)}–{_figure(ratio.p90)})",
            "–" if self.target is None else f"≤ {self.target:g}",
            verdict,
            str(ratio.rounds),
        )


def _figure(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 1 else f"{ratio:.3f}"


_HEAD = ("measure", "engine", "floor ms", "ours ms", "ratio (p10–p90)", "target", "", "rounds")
_TO_THE_RIGHT = {2, 3, 4, 7}


def table(lines: list[Line]) -> str:
    """The lines under a head, as Markdown that reads well as it is."""
    rows = [_HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEAD))]
    rule = [
        "-" * (width - 1) + ":" if index in _TO_THE_RIGHT else "-" * width
        for index, width in enumerate(widths)
    ]
    printed = [_HEAD, tuple(rule), *rows[1:]]
    return "\n".join("| " + " | ".join(_padded(row, widths)) + " |" for row in printed)


def _padded(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        cell.rjust(width) if index in _TO_THE_RIGHT else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
