"""Which media type a client is answered in: GraphQL over HTTP's two, and those of exports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from analytics_gql.errors import NotAcceptableError
from analytics_gql.service.exports import ExportFormat

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"

EVENT_STREAM = "text/event-stream"

CSV = "text/csv"
NDJSON = "application/x-ndjson"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"

FORMATS: dict[str, ExportFormat] = {
    CSV: ExportFormat.CSV,
    NDJSON: ExportFormat.NDJSON,
    ARROW: ExportFormat.ARROW,
    PARQUET: ExportFormat.PARQUET,
}
"""What an export comes in, by the media type that asks for it."""

EXPORT_TYPES: dict[ExportFormat, str] = {
    ExportFormat.CSV: f"{CSV}; charset=utf-8; header=present",
    ExportFormat.NDJSON: f"{NDJSON}; charset=utf-8",
    ExportFormat.ARROW: ARROW,
    ExportFormat.PARQUET: PARQUET,
}
"""What an export is sent as. `header=present`: RFC 4180, section 3."""


@dataclass(frozen=True, slots=True)
class _Range:
    """A media range of an Accept header (RFC 9110, section 12.5.1)."""

    type: str
    weight: float

    def specificity(self, media_type: str) -> int:
        """How closely it names a media type; 0 if it does not."""
        if self.type == media_type:
            return 3
        if self.type == f"{media_type.partition('/')[0]}/*":
            return 2
        return 1 if self.type == "*/*" else 0


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> str:
    """The media type to answer in. Raises NotAcceptableError.

    Of types of equal weight the one that is named first. Without the header, and where a client
    takes anything, it is `application/json`: GraphQL over HTTP has that for clients of old.
    A type of exports is chosen where it is named (CSV by `text/*`, too), and so is the stream of
    events of a subscription.
    """
    ranges = [found for part in (accept or "*/*").split(",") if (found := _range(part))]
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    for place, media_type in enumerate((JSON, RESPONSE_JSON, *FORMATS, EVENT_STREAM)):
        named = [(item.specificity(media_type), index) for index, item in enumerate(ranges)]
        specificity, index = max(named, key=lambda pair: (pair[0], -pair[1]), default=(0, 0))
        if specificity == 0 or ranges[index].weight == 0:
            continue
        rank = (ranges[index].weight, -index, -place)
        if best is None or rank > best:
            best, chosen = rank, media_type
    if chosen is None:
        raise NotAcceptableError(
            f"nothing that is answered here is of the type '{(accept or '')[:100]}'",
            hint=f"accept {RESPONSE_JSON} or {JSON}, in UTF-8; for exports {', '.join(FORMATS)}",
        )
    return chosen


def _range(text: str) -> _Range | None:
    """One media range; None where it is none, or asks for another charset than UTF-8."""
    name, *parameters = (part.strip() for part in text.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        key, value = key.strip().lower(), value.strip().strip('"').lower()
        if key == "q":
            try:
                weight = min(max(float(value), 0.0), 1.0)
            except ValueError:
                return None
        elif key == "charset" and not is_utf_8(value):
            return None
    return _Range(name.lower(), weight) if "/" in name else None


def is_utf_8(charset: str) -> bool:
    """Whether a charset's name means UTF-8."""
    return charset.strip().strip('"').lower() in ("utf-8", "utf8")
