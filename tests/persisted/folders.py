"""Folders of documents for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from analytics_gql.compose.documents import load_registry
from analytics_gql.compose.model import Model
from analytics_gql.errors import PersistedDocumentsError
from analytics_gql.persisted.registry import Registry
from analytics_gql.settings import Settings

QUERY = """query Day($day: Date!) {
  orderMetrics(dateRange: { start: $day, end: $day }) { orderCount }
}
"""
CUSTOMER = "query Customer($id: ID!) { customer(id: $id) { name } }"


def fill(folder: Path, files: Mapping[str, str | bytes | object]) -> Path:
    """Write files: text and bytes as they are, everything else as JSON."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if isinstance(content, str):
            content = content.encode()
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        (folder / name).write_bytes(content)
    return folder


def apollo(*operations: tuple[str, str, str]) -> dict[str, object]:
    """Apollo's manifest of (id, name, body)."""
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": identifier, "name": name, "type": "query", "body": body}
            for identifier, name, body in operations
        ],
    }


def loaded(folder: Path, model: Model) -> Registry:
    return load_registry(Settings(persisted_queries=folder), model)


def faults(folder: Path, model: Model) -> list[str]:
    """What is wrong with a folder, its own path left out."""
    try:
        loaded(folder, model)
    except PersistedDocumentsError as error:
        return [str(fault).replace(f"{folder}/", "") for fault in error.faults]
    return []
