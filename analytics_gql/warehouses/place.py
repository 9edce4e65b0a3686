"""Where a warehouse is, so that servers can tell whether they have the same one."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from analytics_gql.warehouses.open import duckdb_path

_PASSWORDS = (r"(?<=://)([^/?#@:]*):[^/?#]*@", r"\1@"), (r"([?&])password=[^&]*", r"\1")


def place_of(url: str, machine: str) -> str:
    """A text without passwords that is another one for another warehouse.

    A path, a socket and a machine's own address are another warehouse on another `machine`.
    Raises SettingsError.
    """
    if url.startswith("duckdb://"):
        return f"{machine} {duckdb_path(url).resolve()}"
    place = url
    for pattern, without in _PASSWORDS:
        place = re.sub(pattern, without, place)
    return f"{machine} {place}" if _is_local(place) else place


def _is_local(place: str) -> bool:
    parts = urlsplit(place)
    hosts = parts.netloc.rpartition("@")[2].split(",") + parse_qs(parts.query).get("host", [""])
    names = [re.sub(r":\d*$", "", host).strip("[]") for host in hosts if host]
    # None named: the environment or a socket. The environment may name another machine, where it
    # does no harm to be taken for this one.
    return not names or any(
        name.startswith(("/", "%2f", "%2F", "127.")) or name in ("localhost", "::1")
        for name in names
    )
