"""`analytics-gql explain QUERY.graphql`: the plan and the SQL of each root field."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson

from analytics_gql.compose.access import local_caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.errors import BadRequestError, SettingsError
from analytics_gql.gql.explain import explain_document
from analytics_gql.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain", parents=[common], help="print the plan and the SQL of a query"
    )
    parser.add_argument(
        "query", type=Path, metavar="QUERY.graphql", help="`-` reads standard input"
    )
    parser.add_argument("--variables", metavar="JSON", help="the values of its variables")
    parser.add_argument("--operation", metavar="NAME", help="which of several operations")
    parser.set_defaults(command=explain)


def explain(options: argparse.Namespace, settings: Settings) -> int:
    """Print; exit with 1 if the query has errors."""
    try:
        of_stdin = str(options.query) == "-"
        text = (sys.stdin.buffer.read() if of_stdin else options.query.read_bytes()).decode()
    except OSError as error:
        raise SettingsError(f"{options.query} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{options.query} is not UTF-8", hint="save it as UTF-8") from error
    try:
        variables = orjson.loads(options.variables) if options.variables else None
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"--variables is not JSON: {error}", hint=_FORM) from error
    if not isinstance(variables, dict | None):
        raise BadRequestError("--variables is not a JSON object", hint=_FORM)
    return asyncio.run(_explain(settings, text, variables, options.operation))


_FORM = """write --variables '{"start": "2026-06-01"}'"""


async def _explain(
    settings: Settings, text: str, variables: dict[str, Any] | None, operation: str | None
) -> int:
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        caller = local_caller(settings)
        explained = await explain_document(
            engine,
            engine.prepare(text, caller),
            caller,
            variables=variables,
            operation_name=operation,
        )
    print(explained.text)
    return 1 if explained.errors else 0
