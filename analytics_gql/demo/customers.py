"""Who the customers are."""

from __future__ import annotations

# Every ninth number belongs to somebody who signed up and never ordered.
CUSTOMERS = """
INSERT INTO gold.customers
WITH buyers AS (
  SELECT org_id, buyer + (buyer - 1) // 8 AS id, ordered_at AS first_seen_at, TRUE AS orders
  FROM numbered
  WHERE is_first_order
),
everybody AS (
  FROM buyers
  UNION ALL
  SELECT org_id, id + 1, first_seen_at, FALSE FROM buyers WHERE id % 9 = 8
),
drawn AS (
  SELECT *, md5(org_id || ':customer:' || id) AS hash FROM everybody
),
described AS (
  SELECT
    drawn.org_id, drawn.id, hash,
    segment.value AS segment,
    country.value AS country,
    -- Most sign up at the checkout, a few minutes before they pay; the others look around first.
    first_seen_at - CASE
      WHEN orders AND draw(hash, 2) % 10 < 6 THEN to_seconds(180 + draw(hash, 3) % 2400)
      ELSE to_minutes(60 + draw(hash, 3) * 2)
    END AS signed_up_at
  FROM drawn
  JOIN mix AS segment ON segment.topic = 'segment' AND segment.slot = slot_of(hash, 0)
  JOIN mix AS country
    ON country.topic = 'country' AND country.key = drawn.org_id
    AND country.slot = slot_of(hash, 1)
)
SELECT
  org_id,
  id,
  CASE
    WHEN segment = 'consumer' THEN first_name.list[1 + draw(hash, 4) % len(first_name.list)] || ' '
    ELSE ''
  END
    || last_name.list[1 + draw(hash, 5) % len(last_name.list)]
    || CASE
      WHEN segment <> 'consumer' THEN ' ' || trade.list[1 + draw(hash, 6) % len(trade.list)]
      ELSE ''
    END
    || CASE WHEN segment = 'enterprise' THEN ' Group' ELSE '' END AS name,
  segment,
  country,
  signed_up_at,
  least(
    signed_up_at + to_minutes(draw(hash, 7) * 4), TIMESTAMP '2026-07-01 03:00:00'
  ) AS updated_at
FROM described, words AS first_name, words AS last_name, words AS trade
WHERE first_name.kind = 'first_name' AND last_name.kind = 'last_name' AND trade.kind = 'trade'
ORDER BY org_id, id
"""
