from __future__ import annotations

import gzip

import brotli
import pytest
import zstandard

from analytics_gql.doors.encodings import choose_encoding, encode


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
