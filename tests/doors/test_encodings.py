from __future__ import annotations

import gzip
import zlib
from typing import Any

import brotli
import pytest
import zstandard

from analytics_gql.doors.encodings import choose_encoding, encode, encoder


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0.9, gzip;q=0.9", "br"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("*;q=0", "identity"),
        ("deflate", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.2, gzip;q=0.5", "gzip"),
        ("gzip;q=nonsense", "identity"),
        ("GZIP; Q=1", "gzip"),
        ("identity;q=0", "identity"),
    ],
)
def test_the_encoding_that_a_client_likes_best(accepted: str | None, expected: str) -> None:
    assert choose_encoding(accepted) == expected


def test_decoding_undoes_encoding() -> None:
    body = b'{"data":' * 500
    assert zstandard.ZstdDecompressor().decompress(encode(body, "zstd")) == body
    assert brotli.decompress(encode(body, "br")) == body
    assert gzip.decompress(encode(body, "gzip")) == body
    assert encode(body, "gzip") == encode(body, "gzip")
    assert encode(body, "identity") == body


def decoder(encoding: str) -> Any:
    """Reads what has come so far."""
    match encoding:
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress
        case "br":
            return brotli.Decompressor().process
        case _:
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_parts_can_be_read_once_they_are_flushed(encoding: str) -> None:
    written, read = encoder(encoding), decoder(encoding)
    assert written is not None
    assert read(written.write(b"one") + written.flush()) == b"one"
    long = bytes(range(256)) * 1_000
    assert read(written.write(long) + written.write(b"two") + written.end()) == long + b"two"


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
def test_nothing_is_a_body_as_well(encoding: str) -> None:
    written = encoder(encoding)
    assert written is not None
    assert decoder(encoding)(written.end()) == b""


def test_identity_needs_no_encoder() -> None:
    assert encoder("identity") is None
