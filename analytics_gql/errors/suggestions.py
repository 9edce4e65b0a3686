"""Did you mean …: the one place where names are suggested."""

from __future__ import annotations

from graphql.pyutils import did_you_mean, suggestion_list


def suggest(name: str, known: list[str] | tuple[str, ...], otherwise: str = "") -> str:
    """`did you mean 'revenue'?` for a near miss, else `otherwise`."""
    near = suggestion_list(name, known)
    return did_you_mean(near).strip().replace("Did", "did", 1) if near else otherwise
