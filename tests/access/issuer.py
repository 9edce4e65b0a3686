"""An identity provider of the tests' own: real keys, real tokens, a real JWKS endpoint."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://id.example/", "analytics"
PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


def rsa_key(bits: int = 2_048) -> RSAPrivateKey:
    return generate_rsa(65_537, bits)


def ec_key(curve: EllipticCurve | None = None) -> EllipticCurvePrivateKey:
    return generate_private_key(curve or SECP256R1())


def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


KEYS: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed25519_key()}
"""A key for each algorithm; its `kid` is the algorithm's name in lower case."""


def jwk(key: PrivateKey, **members: Any) -> dict[str, Any]:
    """The public half, as a JWKS has it."""
    public = key.public_key()
    algorithm: Any = (
        RSAAlgorithm
        if isinstance(key, RSAPrivateKey)
        else ECAlgorithm
        if isinstance(key, EllipticCurvePrivateKey)
        else OKPAlgorithm
    )
    written = algorithm.to_jwk(public, as_dict=True)
    # Key operations are the library's word for the half; no provider publishes them.
    return {name: value for name, value in written.items() if name != "key_ops"} | members


def jwks(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


ALL = jwks(*(jwk(key, kid=name.lower(), use="sig") for name, key in KEYS.items()))


def pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims(**others: Any) -> dict[str, Any]:
    """What a token says; `None` leaves a claim out."""
    said = {"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 600, "tenant": "acme", "sub": "u"}
    return {name: value for name, value in (said | others).items() if value is not None}


def token(
    algorithm: str = "RS256",
    *,
    key: PrivateKey | None = None,
    header: dict[str, Any] | None = None,
    **others: Any,
) -> str:
    """A token that the provider signed, with these claims."""
    named = {"kid": algorithm.lower()} if header is None else header
    # Below the library's own checks: providers with a fault are played too.
    body = json.dumps(claims(**others)).encode()
    return jwt.PyJWS().encode(body, key or KEYS[algorithm], algorithm, headers=named)


class Endpoint:
    """What it answers with can be changed, and what it was asked is counted."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.body = ALL
        self.status = 200
        self.headers: dict[str, str] = {}
        self.delay_s = 0.0
        self.asked = 0


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """A JWKS endpoint on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked += 1
            time.sleep(served.delay_s)
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(served.body)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked did not wait
                self.wfile.write(served.body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests look at what was counted."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/jwks")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
