"""When the orders are: how many a day, which second each, and whose first it is."""

from __future__ import annotations

DAYS = """
CREATE TEMP TABLE days AS
WITH calendar AS (
  SELECT
    id AS org_id,
    orders AS total,
    growth_permille,
    position,
    DATE '2024-07-01' + position::INTEGER AS day,
    md5(id || ':day:' || position) AS hash
  FROM shops CROSS JOIN range(730) AS positions(position)
),
shaped AS (
  SELECT
    org_id, total, position, day,
    1000 + growth_permille * position // 729 AS growth,
    -- Percent of an average day on the first of each month, and a straight line between two.
    (
      [100, 86, 90, 94, 97, 99, 95, 88, 95, 102, 108, 146][month(day)]
        * (day(last_day(day)) - day(day) + 1)
      + [86, 90, 94, 97, 99, 95, 88, 95, 102, 108, 146, 100][month(day)] * (day(day) - 1)
    ) * 10 // day(last_day(day)) AS season,
    -- From Monday: planned at the desk, slow on Saturday, caught up on Sunday.
    [108, 104, 100, 98, 94, 87, 109][isodow(day)] AS weekday,
    CASE
      -- The Friday after November's fourth Thursday, its weekend, and the Monday.
      WHEN month(day) = 11 AND isodow(day) = 5 AND day(day) BETWEEN 23 AND 29 THEN 185
      WHEN isodow(day) = 1 AND strftime(day, '%m%d') BETWEEN '1126' AND '1202' THEN 160
      WHEN isodow(day) > 5 AND strftime(day, '%m%d') BETWEEN '1124' AND '1201' THEN 130
      WHEN strftime(day, '%m%d') = '1225' THEN 45
      WHEN strftime(day, '%m%d') IN ('0101', '1224') THEN 65
      ELSE 100
    END AS event,
    92 + draw(hash, 0) % 17 AS luck
  FROM calendar
),
weighed AS (
  SELECT *, (growth * season * weekday * event * luck) // 1000000 AS weight FROM shaped
),
summed AS (
  SELECT
    *,
    sum(weight) OVER (PARTITION BY org_id ORDER BY day) AS so_far,
    sum(weight) OVER (PARTITION BY org_id) AS whole
  FROM weighed
)
-- The difference of two rounded running shares: the days add up to the shop's total exactly.
SELECT
  org_id, position, day,
  -- A visitor more often buys in a sale, and the shops learn.
  94 + position * 12 // 729 + (event - 100) // 2 AS conversion_percent,
  (total * so_far // whole - total * (so_far - weight) // whole)::BIGINT AS orders
FROM summed
"""

# Everybody's afternoon is not the same hour of UTC: the shop's shift moves the hour, around the
# clock and never into another day, whose number of orders is settled.
SLOTS = """
CREATE TEMP TABLE slots AS
WITH drawn AS (
  SELECT
    org_id, position, day, nth,
    md5(org_id || ':slot:' || position || ':' || nth) AS hash
  FROM (SELECT *, unnest(range(orders)) AS nth FROM days)
)
SELECT
  drawn.org_id, position, nth, hash,
  day::TIMESTAMP
    + to_hours((mix.value::INTEGER + shops.hour_shift) % 24)
    + to_seconds(draw(hash, 1) % 3600) AS ordered_at
FROM drawn
JOIN shops ON shops.id = drawn.org_id
JOIN mix ON mix.topic = 'hour' AND mix.slot = slot_of(hash, 0)
"""

# `buyer` counts the customers of a shop who order at all, by their first order. Of later orders two
# in three go to an early buyer (those who stay), the rest to one who came lately (and comes again).
NUMBERED = """
CREATE TEMP TABLE numbered AS
WITH placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY org_id ORDER BY ordered_at, nth) AS id
  FROM slots
),
marked AS (
  SELECT
    *,
    -- The share of first orders falls from 60 to 19 percent as the circle of customers grows.
    id = 1 OR draw(hash, 2) % 1000 < 160 + 26400 // (60 + position) AS is_first_order
  FROM placed
),
counted AS (
  SELECT
    *,
    -- Not count(*) FILTER: DuckDB counts that anew for every row of a running window.
    sum(is_first_order::INTEGER) OVER (PARTITION BY org_id ORDER BY id) AS buyers
  FROM marked
),
aimed AS (
  SELECT *, floor(buyers * skewed(hash, 3))::BIGINT AS distance FROM counted
)
SELECT
  org_id, id, ordered_at, is_first_order,
  CASE
    WHEN is_first_order THEN buyers
    WHEN slot_of(hash, 4) < 65 THEN 1 + distance
    ELSE buyers - distance
  END AS buyer
FROM aimed
"""
