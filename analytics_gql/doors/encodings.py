"""Content-Encoding: which one a client takes, and the bytes in it."""

from __future__ import annotations

import gzip

import brotli
import zstandard

IDENTITY = "identity"

_SMALLEST_BYTES = 860
"""Less than this fits into one packet anyway, and comes out hardly smaller (Akamai's figure)."""

PREFERRED = ("zstd", "br", "gzip")
"""What is written, the best first: zstd is as small as brotli here, and ten times as fast."""


def choose_encoding(accepted: str | None) -> str:
    """The encoding to answer in (RFC 9110, section 12.5.3).

    The one of the greatest weight; among equals the one that stands first in `PREFERRED`.
    `identity` where nothing else is taken: it is always there, also for those who refuse it.
    """
    if not accepted:
        return IDENTITY
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, *parameters = (item.strip() for item in part.lower().split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        weights.setdefault("gzip" if name == "x-gzip" else name, weight)
    others = weights.get("*", 0.0)
    best = max(PREFERRED, key=lambda name: weights.get(name, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get(IDENTITY, 0.0) else IDENTITY


def encode(body: bytes, encoding: str) -> bytes:
    """The body in an encoding. Levels are those that a proxy would use for what it makes itself."""
    match encoding:
        case "zstd":
            return zstandard.ZstdCompressor(level=6).compress(body)
        case "br":
            compressed: bytes = brotli.compress(body, quality=5)
            return compressed
        case "gzip":
            # Without a time: the same answer is the same bytes.
            return gzip.compress(body, compresslevel=6, mtime=0)
        case _:
            return body


def worth_encoding(body: bytes) -> bool:
    """Whether a body is large enough to come out smaller."""
    return len(body) >= _SMALLEST_BYTES
