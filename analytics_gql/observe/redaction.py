"""What must not be read in any log, taken out of whatever is written there."""

from __future__ import annotations

import re

MASK = "***"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # API keys of ours, wherever they come from; JSON Web Tokens.
    (re.compile(r"\bagql_[A-Za-z0-9_-]{8,}"), f"agql_{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"), MASK),
    # Credentials in headers as people and drivers print them: `Authorization: Bearer …`.
    (
        re.compile(
            r"(?i)\b(proxy-authorization|authorization|x-api-key|cookie)"
            r"(\W{1,6})(?:(?:bearer|basic)\s+)?[^\s\"',;)]+"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    # User and password of a URL, up to the last `@` before its path.
    (re.compile(r"(://)[^\s/?#]*@"), rf"\1{MASK}@"),
    # Parameters of URLs and of connection strings.
    (
        re.compile(
            r"(?i)\b(__signed|signature|password|passwd|pwd|secret|sslpassword|token|access_token|api_key"
            r"|apikey)=(?:'[^']*'|\"[^\"]*\"|[^&\s\"';,)]+)"
        ),
        rf"\1={MASK}",
    ),
)


def without_secrets(text: str) -> str:
    """The text with stars in the place of keys, tokens, passwords and signatures.

    What has no form by which it could be known (a password alone) is not found: whoever logs one
    has to leave it out.
    """
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
