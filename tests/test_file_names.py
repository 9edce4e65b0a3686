"""A file is named after what is in it."""

from __future__ import annotations

from tests.conftest import ROOT

FORBIDDEN = {"utils", "helpers", "common", "types", "base"}
VAGUE_WORDS = {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    files = [*(ROOT / "analytics_gql").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    vague = [
        file.name
        for file in files
        if ".venv" not in file.parts  # the environment that tests of other clients make
        and (file.stem in FORBIDDEN or VAGUE_WORDS & set(file.stem.split("_")))
    ]
    assert vague == []
