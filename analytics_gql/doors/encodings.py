"""Content-Encoding: which one a client takes, and the bytes in it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from typing import Protocol

import brotli
import zstandard

IDENTITY = "identity"

_SMALLEST_BYTES = 860
"""Less than this fits into one packet anyway, and comes out hardly smaller (Akamai's figure)."""

PREFERRED = ("zstd", "br", "gzip")
"""What is written, the best first: zstd is as small as brotli here, and ten times as fast."""


def choose_encoding(accepted: str | None, among: Sequence[str] = PREFERRED) -> str:
    """The encoding to answer in (RFC 9110, section 12.5.3).

    The one of the greatest weight; among equals the one that stands first of those there are.
    `identity` where nothing else is taken: it is always there, also for those who refuse it.
    """
    if not accepted or not among:
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
    best = max(among, key=lambda name: weights.get(name, others))
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


class Encoder(Protocol):
    """Writes one body in an encoding, part by part; what it gives is to be sent in that order."""

    def write(self, part: bytes) -> bytes:
        """Take a part, and give what is ready: nothing, until there is enough of it."""

    def flush(self) -> bytes:
        """What is left of all parts so far, so that they can be read though more may follow."""

    def end(self) -> bytes:
        """What is left, and the end of the body."""


def encoder(encoding: str) -> Encoder | None:
    """What writes a body in an encoding; None for `identity`.

    At lower levels than `encode`: it is done for one client, who waits for it part by part.
    """
    match encoding:
        case "zstd":
            return _Zstd()
        case "br":
            return _Brotli()
        case "gzip":
            return _Gzip()
        case _:
            return None


class _Zstd:
    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=3).compressobj()

    def write(self, part: bytes) -> bytes:
        return self._compressor.compress(part)

    def flush(self) -> bytes:
        return self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=3)

    def write(self, part: bytes) -> bytes:
        written: bytes = self._compressor.process(part)
        return written

    def flush(self) -> bytes:
        written: bytes = self._compressor.flush()
        return written

    def end(self) -> bytes:
        written: bytes = self._compressor.finish()
        return written


class _Gzip:
    def __init__(self) -> None:
        self._compressor = zlib.compressobj(4, wbits=zlib.MAX_WBITS | 16)  # with gzip's header

    def write(self, part: bytes) -> bytes:
        return self._compressor.compress(part)

    def flush(self) -> bytes:
        return self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._compressor.flush(zlib.Z_FINISH)
