"""Entity tags: what an answer is known by before it is made (RFC 9110, section 8.8.3).

They are weak. "A weak entity tag … might be the same for multiple representations": sums of floats
differ in the last digit from run to run, so tags are made of the question and of the data version,
never of bytes. A representation in another encoding has another tag nevertheless, as caches that
do not know better would hand out one for the other.
"""

from __future__ import annotations

import base64
import hashlib


def entity_tag(question: bytes, validator: str, encoding: str) -> str:
    """The tag of an answer: of what was asked, the data's version, and the encoding."""
    text = b"\0".join((question, validator.encode(), encoding.encode()))
    digest = hashlib.sha256(text).digest()[:15]
    return f'W/"{base64.urlsafe_b64encode(digest).decode()}"'


def is_match(if_none_match: str, tag: str) -> bool:
    """Whether a client's If-None-Match holds a tag, compared weakly (RFC 9110, section 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    # Tags of ours have no comma and no quote in them; those that have are not ours.
    return any(part.strip().removeprefix("W/") == opaque for part in if_none_match.split(","))
