"""Lines in files: whole, in order, and in the file that is there."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from analytics_gql.observe import lines as lines_module
from analytics_gql.observe.lines import Clock, LineWriter, json_line
from analytics_gql.observe.log import iso
from tests.doors.in_process import captured_log


@pytest.mark.parametrize(
    "members", [{"a": "x\ny", "b": None, "c": 1.5}, {"half": "\ud800", "path": Path("/p")}, {}]
)
def test_a_line_is_one_line_of_json(members: dict[str, Any]) -> None:
    line = json_line(members)
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        name: str(value) if isinstance(value, Path) else value for name, value in members.items()
    }


def test_a_clock_tells_the_present_time_to_the_millisecond() -> None:
    clock = Clock()
    before = iso(lines_module.time())
    told = clock.now().decode()
    assert before <= told <= iso(lines_module.time())
    assert len(told) == len("2026-11-24T15:00:00.000Z")


async def test_lines_are_appended_at_once_to_a_file_that_others_cannot_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit"
    for line in (b"one\n", b"two\n"):
        writer = LineWriter(str(path), held_for_s=0)
        writer.write(line)
        await asyncio.sleep(0)
        assert path.read_bytes().endswith(line)
        writer.close()
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_held_lines_are_written_together_and_soon(tmp_path: Path) -> None:
    path = tmp_path / "access"
    writer = LineWriter(str(path), held_for_s=0.1)
    writer.write(b"one\n")
    writer.write(b"two\n")
    assert path.read_bytes() == b""
    await asyncio.sleep(0.3)
    assert path.read_bytes() == b"one\ntwo\n"
    writer.write(b"x" * 70_000 + b"\n")  # much is not held
    assert len(path.read_bytes()) == 70_009
    writer.write(b"last\n")
    writer.close()
    assert path.read_bytes().endswith(b"last\n")


async def test_a_file_that_was_moved_away_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "_LOOKED_AT_EVERY_S", 0)
    path = tmp_path / "audit"
    writer = LineWriter(str(path), held_for_s=0)
    writer.write(b"old\n")
    writer.flush()
    path.rename(tmp_path / "audit.1")
    writer.write(b"new\n")
    writer.flush()
    assert (tmp_path / "audit.1").read_bytes() == b"old\n"
    assert path.read_bytes() == b"new\n"
    writer.close()


async def test_lines_that_cannot_be_written_are_counted_and_told_of_once() -> None:
    reader, pipe = os.pipe()
    os.close(reader)
    writer = LineWriter("stdout", held_for_s=0)
    writer._descriptor = pipe
    with captured_log() as log:
        for line in (b"one\n", b"two\n"):
            writer.write(line)
            writer.flush()
    assert writer.lost == 2
    assert log.getvalue().count("lines cannot be written to a standard stream: Broken pipe") == 1
    os.close(pipe)
