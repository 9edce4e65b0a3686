"""What is noted of what is asked, by whatever door: for log, metrics and audit."""

from __future__ import annotations

from analytics_gql.doors.documents import Question
from analytics_gql.observe.asked import AD_HOC, Operation
from analytics_gql.observe.audit import Digest


def noted(question: Question, digest_variables: Digest) -> Operation:
    """The notes on an operation that begins."""
    document, registered = question.document, question.registered
    # Whatever name a client gives: it is told in logs, and counted nowhere.
    operation = question.operation_name or _only(document.operation_names)
    if registered is not None:
        operation = registered.operation_name
    return Operation(
        AD_HOC if registered is None else registered.name,
        f"sha256:{document.digest}",
        operation,
        digest_variables(question.variables),
        document.used,
    )


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None
