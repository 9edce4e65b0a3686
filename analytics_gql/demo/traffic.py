"""The visits that the orders came from."""

from __future__ import annotations

# Orders expected of a cell on a day, over what its channel and device convert, is its sessions.
# The fraction that is left is drawn for, so that small cells are right on average.
TRAFFIC = """
INSERT INTO gold.traffic
WITH cells AS (
  SELECT org_id, country, channel, device_type AS device, count(*) AS cell_orders
  FROM gold.orders
  GROUP BY ALL
),
rates AS (
  SELECT
    cells.*,
    shops.orders AS shop_orders,
    channels.click_basis_points,
    -- Basis points times two percentages: a hundred millions of them are one.
    channels.conversion_basis_points * devices.percent * CASE
      -- Countries differ a little; who hides where he is more often leaves early.
      WHEN country IS NULL THEN 50
      ELSE 84 + draw(md5('conversion:' || country), 0) % 33
    END AS conversion
  FROM cells
  JOIN shops ON shops.id = cells.org_id
  JOIN channels ON channels.name = cells.channel
  JOIN devices ON devices.name = cells.device
),
drawn AS (
  SELECT
    rates.*,
    days.day,
    days.orders AS day_orders,
    days.conversion_percent,
    md5(
      concat_ws(':', org_id, 'traffic', days.position, coalesce(country, '-'), channel, device)
    ) AS hash
  FROM rates JOIN days USING (org_id)
),
visited AS (
  SELECT
    *,
    -- In thousandths until the last step, and a fifth more or less by luck.
    (
      day_orders * cell_orders * 10000000000 // shop_orders * (80 + draw(hash, 0) % 41) * 10
        // (conversion * conversion_percent)
      + draw(hash, 1) % 1000
    ) // 1000 AS sessions
  FROM drawn
  -- Now and then the tracker fails, and a row is missing.
  WHERE draw(hash, 2) % 250 > 0
),
clicked AS (
  SELECT
    *,
    -- Some who click are gone before the page has counted them.
    CASE WHEN click_basis_points IS NULL THEN 0
      ELSE sessions * (102 + draw(hash, 3) % 20) // 100
    END AS clicks
  FROM visited
  WHERE sessions > 0
)
SELECT
  org_id,
  day,
  country,
  channel,
  device,
  sessions,
  coalesce(
    clicks * 10000 // (click_basis_points * (85 + draw(hash, 4) % 31) // 100), 0
  ) AS impressions,
  clicks,
  day + INTERVAL '1 day 5 hours' AS loaded_at
FROM clicked
ORDER BY org_id, day, country NULLS LAST, channel, device
"""
