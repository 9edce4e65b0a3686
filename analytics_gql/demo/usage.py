"""The requests that the organisations send to AI models: half a year, and one bad afternoon."""

from __future__ import annotations

# As for the orders: a total is laid over the days, so that the days add up to it exactly. People
# who work ask on weekdays.
CALLS = """
CREATE TEMP TABLE calls AS
WITH weighed AS (
  SELECT
    org_id, requests AS total, position,
    DATE '2026-01-01' + position::INTEGER AS day,
    (1000 + growth_permille * position // 180)
      * [112, 116, 117, 113, 102, 58, 62][isodow(DATE '2026-01-01' + position::INTEGER)]
      * (90 + draw(md5(org_id || ':usage:' || position), 0) % 21) AS weight
  FROM api_clients CROSS JOIN range(181) AS positions(position)
),
summed AS (
  SELECT
    *,
    sum(weight) OVER (PARTITION BY org_id ORDER BY day) AS so_far,
    sum(weight) OVER (PARTITION BY org_id) AS whole
  FROM weighed
),
counted AS (
  SELECT
    org_id, position, day,
    unnest(range(
      (total * so_far // whole - total * (so_far - weight) // whole)::BIGINT
    )) AS nth
  FROM summed
),
drawn AS (
  SELECT *, md5(org_id || ':call:' || position || ':' || nth) AS hash FROM counted
),
timed AS (
  SELECT
    drawn.org_id, nth,
    day::TIMESTAMP
      + to_hours((mix.value::INTEGER + shops.hour_shift) % 24)
      + to_milliseconds((draw(hash, 1) * 65536::BIGINT + draw(hash, 2)) % 3600000) AS requested_at
  FROM drawn
  JOIN shops ON shops.id = drawn.org_id
  JOIN mix ON mix.topic = 'api_hour' AND mix.slot = slot_of(hash, 0)
)
SELECT
  org_id, requested_at,
  row_number() OVER (PARTITION BY org_id ORDER BY requested_at, nth) AS id
FROM timed
"""

# What is asked of which model, how it ends, how long it takes and what it costs. Only what was
# answered, at least in part, has tokens; what failed has none and costs nothing. Who went away
# before the end has waited for an unknown time.
USAGE_REQUESTS = """
INSERT INTO gold.usage_requests
WITH drawn AS (
  SELECT
    *,
    md5(org_id || ':request:' || id) AS hash,
    md5(org_id || ':result:' || id) AS result,
    requested_at BETWEEN TIMESTAMP '2026-05-12 14:10:00' AND TIMESTAMP '2026-05-12 16:25:00'
      AS is_outage
  FROM calls
),
asked AS (
  SELECT
    drawn.*,
    workspaces.id AS workspace_id,
    workspaces.environment,
    workspaces.input_tokens AS usual_input,
    workspaces.output_tokens AS usual_output,
    -- Callers move on within some weeks of a release.
    CASE
      WHEN mix.value = 'kestrel-1'
        AND draw(hash, 2) % 40 < date_diff('day', DATE '2026-04-14', requested_at::DATE)
      THEN 'kestrel-2'
      ELSE mix.value
    END AS model
  FROM drawn
  JOIN mix AS place
    ON place.topic = 'workspace' AND place.key = drawn.org_id
    AND place.slot = slot_of(hash, 0)
  JOIN workspaces
    ON workspaces.org_id = drawn.org_id AND workspaces.id = place.value::BIGINT
  JOIN mix
    ON mix.topic = 'model' AND mix.key = workspaces.purpose AND mix.slot = slot_of(hash, 1)
),
ended AS (
  SELECT
    *,
    CASE
      WHEN is_outage AND draw(result, 0) % 100 < 35 THEN 503
      WHEN draw(result, 1) % 10000 < 70 THEN 429
      WHEN draw(result, 1) % 10000 < 95 THEN 500
      WHEN draw(result, 1) % 10000 < 135 THEN 499
      -- Who tries things out gets them wrong more often.
      WHEN draw(result, 1) % 10000 < CASE WHEN environment = 'production' THEN 175 ELSE 560 END
      THEN 400
      ELSE 200
    END AS status_code
  FROM asked
),
counted AS (
  SELECT
    ended.*,
    models.input_cents, models.output_cents, models.base_ms, models.token_us,
    CASE
      WHEN status_code NOT IN (200, 499) THEN 0
      ELSE usual_input * (30 + floor(300 * skewed(hash, 3))::BIGINT) // 100
    END AS tokens_in,
    CASE
      WHEN status_code NOT IN (200, 499) OR models.output_cents = 0 THEN 0
      ELSE usual_output * (20 + floor(400 * skewed(hash, 4))::BIGINT) // 100
        -- What was written before the line went dead.
        // CASE WHEN status_code = 499 THEN 2 ELSE 1 END
    END AS tokens_out
  FROM ended JOIN models ON models.id = ended.model
)
SELECT
  org_id,
  id,
  requested_at,
  workspace_id,
  model,
  CASE WHEN output_cents = 0 THEN 'embeddings' ELSE 'messages' END AS endpoint,
  status_code::INTEGER AS status_code,
  tokens_in AS input_tokens,
  tokens_out AS output_tokens,
  -- Cents a million tokens are hundredths of a millionth of a dollar each.
  ((tokens_in * input_cents + tokens_out * output_cents) // 100 * 0.000001)::DECIMAL(12, 6)
    AS cost_usd,
  CASE
    WHEN status_code = 499 THEN NULL
    WHEN status_code IN (400, 429) THEN 8 + draw(result, 2) % 30
    WHEN status_code IN (500, 503) THEN 500 + draw(result, 2) % 4500
    ELSE (base_ms * (70 + draw(result, 2) % 61) // 100 + tokens_out * token_us // 1000)
      * CASE WHEN is_outage THEN 3 ELSE 1 END
      -- One in sixty-odd waits for a place.
      + CASE WHEN draw(result, 3) % 1000 < 15 THEN 800 + draw(result, 4) % 9000 ELSE 0 END
  END::INTEGER AS latency_ms,
  requested_at::DATE + INTERVAL '1 day 2 hours' AS loaded_at
FROM counted
ORDER BY org_id, requested_at, id
"""
