"""A file is read anew when it changes, and what has a fault changes nothing."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from analytics_gql.access.followed_file import FollowedFile
from analytics_gql.errors import SettingsError
from tests.doors.in_process import captured_log
from tests.warehouses.patience import until


def read(path: Path) -> list[str]:
    try:
        text = path.read_text()
    except OSError as error:
        raise SettingsError("cannot be read") from error
    if text == "fault":
        raise SettingsError("has a fault")
    if text == "bug":
        raise RuntimeError("ours")
    return [text]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    return path


def replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


async def test_what_is_written_replaced_or_given_another_name_is_read(path: Path) -> None:
    followed = FollowedFile(path, read, "the words")
    first = followed.current
    await followed.renew()
    assert followed.current is first
    path.write_text("another")
    await followed.renew()
    assert followed.current == ["another"]
    replace(path, "a third")
    await followed.renew()
    assert followed.current == ["a third"]


@pytest.mark.parametrize(
    ("text", "said"), [("fault", "has a fault"), ("bug", "RuntimeError"), (None, "cannot be read")]
)
async def test_what_has_a_fault_leaves_what_there_was_and_is_said_once(
    path: Path, text: str | None, said: str
) -> None:
    followed = FollowedFile(path, read, "the words")
    if text is None:
        path.unlink()
    else:
        replace(path, text)
    with captured_log() as log:
        for _ in range(3):
            await followed.renew()
    assert followed.current == ["one"]
    assert log.getvalue().count("the words") == 1
    assert said in log.getvalue()
    replace(path, "two")
    await followed.renew()
    assert followed.current == ["two"]


async def test_it_is_followed_until_that_ends(path: Path) -> None:
    followed = FollowedFile(path, read, "the words", period_s=0.01)
    following = asyncio.create_task(followed.follow())

    async def has_two() -> bool:
        return followed.current == ["two"]

    for fault in ("fault", "bug"):
        replace(path, fault)
        await asyncio.sleep(0.05)
        replace(path, "two")
        await until(has_two)
        followed.current = []
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


def test_what_is_there_at_first_must_be_in_order(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        FollowedFile(tmp_path / "nothing", read, "the words")
