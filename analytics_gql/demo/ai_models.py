"""The AI models that the organisations call, the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AiModel:
    """A model. Prices are whole US cents for a million tokens; `output_cents` is 0 where none come.

    An answer takes about `base_ms`, and `token_us` more for each of its tokens.
    """

    id: str
    name: str
    family: str
    context_tokens: int
    input_cents: int
    output_cents: int
    base_ms: int
    token_us: int
    released_on: date


AI_MODELS = (
    AiModel("kestrel-1", "Kestrel 1", "kestrel", 128_000, 300, 1_500, 420, 14_000,
            date(2025, 3, 4)),
    AiModel("kestrel-1-max", "Kestrel 1 Max", "kestrel", 256_000, 1_500, 7_500, 900, 28_000,
            date(2025, 6, 17)),
    AiModel("kestrel-1-mini", "Kestrel 1 Mini", "kestrel", 128_000, 25, 125, 180, 5_000,
            date(2025, 3, 4)),
    AiModel("kestrel-2", "Kestrel 2", "kestrel", 256_000, 250, 1_200, 300, 9_000,
            date(2026, 4, 14)),
    AiModel("plover-embed", "Plover Embed", "plover", 8_000, 10, 0, 35, 0, date(2025, 1, 28)),
)  # fmt: skip

MODELS_BY_PURPOSE = {
    "assistant": {"kestrel-1": 52, "kestrel-1-mini": 38, "kestrel-1-max": 10},
    "search": {"plover-embed": 78, "kestrel-1-mini": 22},
    "analysis": {"kestrel-1": 46, "kestrel-1-max": 34, "kestrel-1-mini": 20},
}
"""What a workspace of a purpose calls, until a successor is out."""

AI_MODEL_ROWS = """
INSERT INTO gold.ai_models
SELECT
  id, name, family, context_tokens,
  dollars(input_cents) AS input_price,
  dollars(output_cents) AS output_price,
  released_on,
  released_on + INTERVAL '3 hours' AS updated_at
FROM models
ORDER BY id
"""
