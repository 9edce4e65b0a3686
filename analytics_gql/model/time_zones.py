"""The time zones that a model or a question may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def known_time_zones() -> frozenset[str]:
    """IANA names; not the local files that some systems keep beside them."""
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}
