"""`analytics-gql schema sync | check | print`, and `diff` (see `schema_diff`)."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.cli import schema_diff
from analytics_gql.cli.files import replace_file
from analytics_gql.compose.model import schema_path
from analytics_gql.compose.service import open_service
from analytics_gql.errors import ModelError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.hidden import hidden_from
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import examine
from analytics_gql.sdl.sync import apply_sync, edits_as_news, plan_sync
from analytics_gql.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands."""
    parser = commands.add_parser("schema", help="write, check, print and compare the schema")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    # `--warehouse` without a URL means the default one, so it is not taken from `common`.
    only_schema = argparse.ArgumentParser(add_help=False)
    only_schema.add_argument(
        "--schema",
        dest="schema_path",
        type=Path,
        metavar="PATH",
        help="the model: a .graphql file or a folder of them "
        "(default: ./schema.graphql, else the packaged demo model)",
    )
    sync = actions.add_parser(
        "sync", parents=[only_schema], help="write the derived parts into the file, in place"
    )
    sync.set_defaults(command=schema_sync)
    check = actions.add_parser(
        "check", parents=[only_schema], help="report every fault, and what sync would change"
    )
    check.add_argument(
        "--warehouse",
        nargs="?",
        const="",
        metavar="URL",
        help="also verify tables, columns, types and joins there (without URL: the default one)",
    )
    check.set_defaults(command=schema_check)
    show = actions.add_parser(
        "print", parents=[only_schema], help="print the public SDL, without physical names"
    )
    show.add_argument(
        "--roles",
        metavar="A,B",
        help="as callers with these roles see it, '' with none (default: all that there is)",
    )
    show.set_defaults(command=schema_print)
    schema_diff.add_parser(actions)


def schema_sync(_options: argparse.Namespace, settings: Settings) -> int:
    """Write what is missing. While the model itself has faults nothing is written.

    A misspelt directive would take its field out of the derived parts.
    """
    path = schema_path(settings)
    files = load_schema(path)
    plan = plan_sync(files)
    _, faults = examine(files)
    if faults:
        raise ModelError((*plan.faults, *faults))
    for changed, text in apply_sync(plan).items():
        replace_file(changed, text.encode())
    print(
        "\n".join(edits_as_news(plan) if plan.edits else [f"{path} is in order: nothing to write"])
    )
    if plan.faults:
        raise ModelError(plan.faults)
    return 0


def schema_check(options: argparse.Namespace, settings: Settings) -> int:
    """Report everything that is wrong."""
    path = schema_path(settings)
    catalog = check_model(load_schema(path))
    where = ""
    if options.warehouse is not None:
        chosen = settings.model_copy(update={"warehouse": options.warehouse or None})
        where = f", and {asyncio.run(_check_warehouse(chosen, catalog))} agrees"
    print(f"{path} is in order{where}")
    return 0


async def _check_warehouse(settings: Settings, catalog: Catalog) -> str:
    async with open_service(settings, catalog) as service:
        return service.warehouse.label


def schema_print(options: argparse.Namespace, settings: Settings) -> int:
    """Print what clients may know, all of them or those with some roles."""
    files = load_schema(schema_path(settings))
    catalog = check_model(files)
    hidden: frozenset[str] = frozenset()
    if options.roles is not None:
        roles = [role for part in options.roles.split(",") if (role := part.strip())]
        for role in roles:
            if role not in catalog.roles and role != EVERY_ROLE:
                # A key may have more roles than the model speaks of, so this is no error.
                hint = suggest(role, sorted(catalog.roles), "it makes no difference")
                print(f"no @access names the role '{role}': {hint}", file=sys.stderr)
        caller = Caller(None, tuple(roles))
        hidden = hidden_from(catalog, caller.roles_among(catalog.roles))
    print(public_sdl(files, hidden), end="")
    return 0
