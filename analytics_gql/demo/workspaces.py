"""Where three of the organisations call AI models from, and how busy these workspaces are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workspace:
    """A part of an organisation. `percent` is its share of the organisation's requests.

    Its purpose decides which models it calls, and how long its questions and their answers are.
    """

    id: int
    name: str
    environment: str
    purpose: str
    percent: int


@dataclass(frozen=True, slots=True)
class ApiClient:
    """An organisation that calls the API; `growth_permille` as of the shops."""

    org_id: str
    requests: int
    growth_permille: int
    workspaces: tuple[Workspace, ...]


# The fourth organisation calls nothing: that its answers are empty is part of the picture.
API_CLIENTS = (
    ApiClient(
        "acme", 60_000, 1_400,
        (
            Workspace(1, "Storefront Assistant", "production", "assistant", 46),
            Workspace(2, "Product Search", "production", "search", 31),
            Workspace(3, "Order Insights", "production", "analysis", 12),
            Workspace(4, "Sandbox", "development", "analysis", 11),
        ),
    ),
    ApiClient(
        "birch", 25_000, 2_500,
        (
            Workspace(1, "Gift Finder", "production", "assistant", 58),
            Workspace(2, "Catalogue Search", "production", "search", 27),
            Workspace(3, "Lab", "development", "analysis", 15),
        ),
    ),
    ApiClient(
        "cobalt", 15_000, 300,
        (
            Workspace(1, "Room Planner", "production", "analysis", 64),
            Workspace(2, "Playground", "development", "assistant", 36),
        ),
    ),
)  # fmt: skip

TOKENS_BY_PURPOSE = {"assistant": (1_200, 260), "search": (90, 40), "analysis": (6_500, 700)}
"""About how many tokens go in, and how many come out."""

WORKSPACES_BY_CLIENT: Mapping[str, Mapping[str, int]] = {
    client.org_id: {str(workspace.id): workspace.percent for workspace in client.workspaces}
    for client in API_CLIENTS
}

# Machines that ask on behalf of people at work, and of those who shop in the evening.
API_HOURS = {
    "0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 2, "7": 4, "8": 7, "9": 8, "10": 8,
    "11": 8, "12": 6, "13": 7, "14": 8, "15": 8, "16": 8, "17": 6, "18": 4, "19": 3, "20": 3,
    "21": 2, "22": 1, "23": 1,
}  # fmt: skip

WORKSPACE_ROWS = """
INSERT INTO gold.workspaces
WITH drawn AS (
  SELECT *, md5(org_id || ':workspace:' || id) AS hash FROM workspaces
)
SELECT
  org_id, id, name, environment,
  TIMESTAMP '2025-09-01 08:00:00' + to_minutes(draw(hash, 0) * 2) AS created_at,
  TIMESTAMP '2026-01-05 09:00:00' + to_minutes(draw(hash, 1) * 3) AS updated_at
FROM drawn
ORDER BY org_id, id
"""
