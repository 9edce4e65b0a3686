"""What a client is told of its rate: `X-RateLimit-*`, and the fields of the IETF's draft.

RateLimit header fields for HTTP (draft-ietf-httpapi-ratelimit-headers-10): `RateLimit-Policy` says
what there is in a window, `RateLimit` what remains and in how many seconds more is there. What is
counted are tokens, which are none of the draft's quota units, so no unit is named.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from analytics_gql.guards.rates import STEP_US, STEPS, Standing
from analytics_gql.guards.toll import Toll

RATE_HEADERS = (
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-policy",
    "ratelimit",
)

_DAY_S = 86_400
_HALF_HOUR_S = STEP_US // 1_000_000
_WHOLE_DAY_S = (STEPS + 1) * _HALF_HOUR_S


def rate_headers(standing: Standing) -> list[tuple[bytes, bytes]]:
    """The headers of an answer to a client that stands so, as ASGI has them."""
    bucket, quota = standing.rate.bucket, standing.rate.quota
    remaining, reset_s = standing.remaining, standing.reset_s
    window_s = -(-60 * bucket.burst // bucket.per_minute)
    policy = b'"minute";q=%d;w=%d' % (bucket.burst, window_s)
    told = b'"minute";r=%d;t=%d' % (remaining, reset_s)
    if quota is not None and standing.day_remaining is not None:
        policy += b', "day";q=%d;w=%d' % (quota.per_day, _DAY_S)
        # When the oldest half hour leaves the day only Redis could say: here it is the latest.
        day_s = reset_s if standing.refused_by == "day" else _WHOLE_DAY_S
        told += b', "day";r=%d;t=%d' % (standing.day_remaining, day_s)
    return [
        (b"x-ratelimit-limit", b"%d" % bucket.burst),
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % reset_s),
        (b"ratelimit-policy", policy),
        (b"ratelimit", told),
    ]


def is_public(cache_control: str | None) -> bool:
    """Whether others may be given the answer: then it says nothing of one client."""
    return cache_control is not None and cache_control.startswith("public")


def bear(response: Response, toll: Toll) -> Response:
    """The response, with the headers of its client unless others may be given it."""
    if toll.standing is not None and not is_public(response.headers.get("cache-control")):
        response.raw_headers.extend(rate_headers(toll.standing))
    return response


def with_charge(body: dict[str, Any], toll: Toll) -> dict[str, Any]:
    """A body that nobody stores, with what it has cost its client beside what it costs.

    In tokens; `requested` is in points.
    """
    cost = body.get("extensions", {}).get("cost")
    if cost is None or toll.standing is None:
        return body
    told = {**cost, "charged": toll.charged, "remaining": toll.standing.remaining}
    return body | {"extensions": body["extensions"] | {"cost": told}}
