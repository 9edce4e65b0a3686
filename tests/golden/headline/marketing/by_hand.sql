WITH sold AS (
  SELECT ordered_at::DATE AS day, channel, device_type, count(*) AS orders,
    count(*) FILTER (WHERE is_first_order) AS first_orders
  FROM gold.orders WHERE org_id = 'acme' AND ordered_at::DATE >= '2026-06-29' GROUP BY ALL
), seen AS (
  SELECT day, channel, device AS device_type, sum(sessions)::DOUBLE AS sessions,
    sum(clicks)::DOUBLE AS clicks, sum(impressions)::DOUBLE AS impressions
  FROM gold.traffic WHERE org_id = 'acme' AND day >= '2026-06-29' GROUP BY ALL
)
SELECT
  day::TEXT AS date,
  channel,
  device_type AS "deviceType",
  coalesce(orders, 0) / nullif(sessions, 0) AS "conversionRate",
  clicks / nullif(impressions, 0) AS "clickThroughRate",
  coalesce(first_orders, 0) AS "newCustomerCount"
FROM sold FULL JOIN seen USING (day, channel, device_type)
ORDER BY ALL
