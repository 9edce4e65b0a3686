"""One line a request, in the log."""

from __future__ import annotations

from analytics_gql.observe.asked import AD_HOC, OK, Asked, Operation
from analytics_gql.observe.lines import Clock, LineWriter, members_json
from analytics_gql.observe.log import LogFormat
from analytics_gql.observe.redaction import without_secrets

_LOGGER = "analytics_gql.access"
_MAX_PATH_CHARACTERS = 200

_JSON_LINE = b'{"time":"%b","requestId":"%b","status":%d,"ms":%.3f,%b}\n'
_TEXT_LINE = b"%b INFO analytics_gql.access [%b] %d %.3f ms %b\n"


class AccessLog:
    """Writes what was asked and what came of it. Of a URL its path alone, of a key its tenant."""

    def __init__(self, form: LogFormat, writer: LineWriter) -> None:
        self._is_json = form == "json"
        self._line = _JSON_LINE if self._is_json else _TEXT_LINE
        self._clock = Clock()
        self._writer = writer

    def fixed(self, asked: Asked) -> tuple[bytes, ...]:
        """What the lines of equal requests have in common."""
        path = asked.path[:_MAX_PATH_CHARACTERS]
        if asked.code != OK or asked.status >= 400:
            # Who has got something wrong may have put anything anywhere.
            path = without_secrets(path)
        first = asked.operations[0] if asked.operations else None
        document = None if first is None else _document(first)
        if not self._is_json:
            line = (
                f"{asked.method} {_plain(path)} {asked.code} door={asked.door} "
                f"tenant={_plain(asked.tenant or '-')} document={_plain(document or '-')}"
            )
            return (line.encode("utf-8", "backslashreplace"),)
        members: dict[str, str | int | None] = {
            "level": "info",
            "logger": _LOGGER,
            "message": "request",
            "door": asked.door,
            "method": asked.method,
            "path": path,
            "code": asked.code,
            "tenant": asked.tenant,
            "document": document,
            "operation": None if first is None else first.name,
        }
        if len(asked.operations) > 1:
            members["operations"] = len(asked.operations)
        return (members_json(members),)

    def write(
        self, fixed: tuple[bytes, ...], request_id: bytes, status: int, seconds: float
    ) -> None:
        """Write the line of a request, soon."""
        line = self._line % (self._clock.now(), request_id, status, seconds * 1_000, fixed[0])
        self._writer.write(line)


def _document(operation: Operation) -> str | None:
    """The name of a registered document, the digest of another."""
    return operation.digest if operation.document == AD_HOC else operation.document


def _plain(text: str) -> str:
    """A text that cannot be taken for two words, or two lines."""
    return text if text.isprintable() and " " not in text else repr(text)
