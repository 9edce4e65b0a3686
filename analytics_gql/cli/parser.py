"""The command line: options → Settings → a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analytics_gql.cli import cache, demo, explain, keys, persist, schema, serve, sign
from analytics_gql.errors import (
    AnalyticsError,
    EngineError,
    FaultsError,
    ModelError,
    SettingsError,
)
from analytics_gql.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]


def run(arguments: list[str]) -> int:
    """Run a command. Its exit status: 0 done, 1 something to mend, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options, _settings(options))
    except FaultsError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        count = len(error.faults)
        where = "the model" if isinstance(error, ModelError) else "the registered documents"
        print(f"{count} fault{'s' if count > 1 else ''} in {where}", file=sys.stderr)
    except (SettingsError, EngineError, AnalyticsError) as error:
        hint = f"\n  → {error.hint}" if error.hint else ""
        print(f"analytics-gql: {error.message}{hint}", file=sys.stderr)
    except OSError as error:  # a disk that is full, a folder that cannot be written
        print(f"analytics-gql: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _settings(options: argparse.Namespace) -> Settings:
    """The environment's settings, with those that the command line names in their place."""
    named: dict[str, Any] = {
        name: value
        for name, value in vars(options).items()
        if name in Settings.model_fields and value is not None
    }
    try:
        return Settings(**named)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "a setting"
        name = field.removeprefix("ANALYTICS_GQL_").lower()
        variable = f"ANALYTICS_GQL_{name.upper()}"
        ways = f"--{name} or {variable}" if name in vars(options) else variable
        raise SettingsError(f"{name}: {first['msg']}", hint=f"set {ways} differently") from error


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--schema",
        dest="schema_path",
        type=Path,
        metavar="PATH",
        help="the model: a .graphql file or a folder of them "
        "(default: ./schema.graphql, else the packaged demo model)",
    )
    common.add_argument(
        "--warehouse",
        metavar="URL",
        help="duckdb:///path/file.duckdb, duckdb:///folder-of-parquet or postgresql://… "
        "(default: the demo warehouse)",
    )
    parser = argparse.ArgumentParser(
        prog="analytics-gql", description="A GraphQL-first self-serve analytics server."
    )
    parser.add_argument(
        "--version", action="version", version=f"analytics-gql {version('analytics-gql')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (serve, schema, persist, sign, explain, cache, keys, demo):
        module.add_parser(commands, common)
    return parser
