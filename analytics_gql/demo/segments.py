"""Which segment a customer was in, when, and since when the shop has known."""

from __future__ import annotations

# A row's number counts the changes before it; number 0 is the sign-up. The last row must end in
# the segment that the customer has, so the others follow from it backwards. A change is a step on
# the ladder consumer, small business, enterprise: every second row stands on its middle rung.
#
# What the shop gets to know, it may get to know late, and wrong. Both have to come right before
# the last night, or else did not happen: the newest row is always the truth.
CUSTOMER_SEGMENTS = """
INSERT INTO gold.customer_segments
WITH drawn AS (
  SELECT
    org_id, id AS customer_id, segment AS last_segment, signed_up_at,
    md5(org_id || ':segments:' || id) AS hash
  FROM gold.customers
),
counted AS (
  SELECT
    *,
    CASE
      -- Who came in the last weeks had no time to change.
      WHEN signed_up_at >= TIMESTAMP '2026-06-01' THEN 0
      -- Most consumers have always been one, and hardly an enterprise began as such.
      WHEN draw(hash, 0) % 1000 >= CASE last_segment
        WHEN 'consumer' THEN 90 WHEN 'small_business' THEN 450 ELSE 700
      END THEN 0
      ELSE [1, 1, 1, 1, 1, 1, 2, 2, 2, 3][1 + draw(hash, 1) % 10]
    END AS changes,
    epoch(TIMESTAMP '2026-06-30' - signed_up_at)::BIGINT AS span_s
  FROM drawn
),
numbered AS (
  SELECT *, unnest(range(changes + 1)) AS number FROM counted
),
dated AS (
  SELECT
    *,
    -- Each change has its part of the customer's time, and keeps away from the ends of it.
    signed_up_at + to_seconds(CASE
      WHEN number = 0 THEN 0
      ELSE span_s * ((number - 1) * 65536 + 6554 + draw(row_hash, 0) * 4 // 5)
        // (changes * 65536)
    END) AS valid_from
  FROM (
    SELECT *, md5(org_id || ':segment:' || customer_id || ':' || number) AS row_hash FROM numbered
  )
),
told AS (
  SELECT
    *,
    CASE
      WHEN number = changes THEN last_segment
      WHEN ((changes - number) % 2 = 0) = (last_segment = 'small_business') THEN 'small_business'
      WHEN slot_of(row_hash, 1) < 75 THEN 'consumer'
      ELSE 'enterprise'
    END AS segment,
    valid_from + to_seconds(240 + draw(row_hash, 2) % 18000) AS soon,
    valid_from + to_minutes(2880 + draw(row_hash, 3) % 63360) AS late
  FROM dated
),
known AS (
  SELECT
    *,
    CASE
      -- One change in twelve is found out days or weeks afterwards: maybe after the next one.
      WHEN number > 0 AND draw(row_hash, 4) % 12 = 0 AND late <= TIMESTAMP '2026-07-01' THEN late
      ELSE least(soon, TIMESTAMP '2026-07-01')
    END AS available_at
  FROM told
),
corrected AS (
  SELECT
    *,
    CASE
      WHEN number > 0 AND draw(row_hash, 5) % 24 = 0
      THEN available_at + to_minutes(1440 + draw(row_hash, 6) % 28800)
    END AS corrected_at,
    -- Taken for one of the two others.
    CASE segment
      WHEN 'consumer' THEN ['small_business', 'enterprise']
      WHEN 'small_business' THEN ['consumer', 'enterprise']
      ELSE ['consumer', 'small_business']
    END[1 + draw(row_hash, 7) % 2] AS mistake
  FROM known
)
SELECT
  org_id,
  customer_id,
  CASE WHEN corrected_at <= TIMESTAMP '2026-07-01' THEN mistake ELSE segment END AS segment,
  valid_from,
  available_at
FROM corrected
UNION ALL
SELECT org_id, customer_id, segment, valid_from, corrected_at
FROM corrected
WHERE corrected_at <= TIMESTAMP '2026-07-01'
ORDER BY org_id, customer_id, valid_from, available_at
"""
