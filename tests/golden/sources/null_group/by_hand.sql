SELECT country, coalesce(orders, 0) AS "orderCount", sessions, coalesce(orders, 0) / sessions AS
  "conversionRate", clicks / nullif(impressions, 0) AS "clickThroughRate"
FROM (
  SELECT coalesce(country, '~') AS key, count(*) AS orders
  FROM gold.orders WHERE org_id = 'acme' AND ordered_at::DATE = '2026-06-30' GROUP BY key
)
RIGHT JOIN (
  SELECT coalesce(country, '~') AS key, any_value(country) AS country,
    sum(sessions)::BIGINT AS sessions, sum(clicks)::DOUBLE AS clicks,
    sum(impressions)::DOUBLE AS impressions
  FROM gold.traffic WHERE org_id = 'acme' AND day = '2026-06-30' GROUP BY key
) USING (key)
ORDER BY country NULLS LAST
