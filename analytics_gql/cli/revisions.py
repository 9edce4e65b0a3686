"""Models as commands name them: a file, a folder, or either of them as git has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePosixPath

from analytics_gql.errors import SettingsError
from analytics_gql.sdl.files import SchemaFile, load_schema, parse_files

_HINT = "name a file or a folder of .graphql files, or either in git as REVISION:PATH"


def load_revision(name: str) -> tuple[SchemaFile, ...]:
    """The files of `schema.graphql`, of `models/`, of `main:schema.graphql` or `HEAD~1:models`.

    Raises SettingsError if there is nothing of that name, ModelError if it is not GraphQL.
    """
    if Path(name).exists():
        return load_schema(Path(name))
    if ":" not in name:
        raise SettingsError(f"there is no schema at {name}", hint=_HINT)
    if _git(name, "cat-file", "-t", name).strip() == b"blob":
        return parse_files([(Path(name), name, _git(name, "cat-file", "blob", name))])
    listed = _git(name, "ls-tree", "-r", "-z", "--name-only", "--full-tree", name)
    inside = sorted(
        (path for path in listed.decode().split("\0") if path.endswith(".graphql")),
        key=PurePosixPath,  # the order in which a folder is read
    )
    if not inside:
        raise SettingsError(f"{name} has no .graphql file", hint=_HINT)
    stem = name.removesuffix("/")
    separator = "" if stem.endswith(":") else "/"
    paths = [f"{stem}{separator}{path}" for path in inside]
    return parse_files([(Path(path), path, _git(name, "cat-file", "blob", path)) for path in paths])


def _git(name: str, command: str, *arguments: str) -> bytes:
    """What git answers. Raises SettingsError with its own words."""
    git = shutil.which("git")
    if git is None:
        raise SettingsError(f"there is no schema at {name}, and no git to ask", hint=_HINT)
    # No shell reads the arguments; that one begins with a hyphen, argparse has refused.
    done = subprocess.run([git, command, *arguments], capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        reason = told[0].removeprefix("fatal: ") if told else "git does not know it"
        raise SettingsError(f"there is no schema at {name}: {reason}", hint=_HINT)
    return done.stdout
