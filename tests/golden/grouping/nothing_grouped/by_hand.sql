SELECT sum(net_amount) AS revenue, avg(net_amount) AS "averageOrderValue", count(*) AS "orderCount",
  count(DISTINCT customer_id) AS customers, any_value(sessions) AS sessions,
  count(*) / any_value(sessions)::DOUBLE AS "conversionRate"
FROM gold.orders, (
  SELECT sum(sessions)::BIGINT AS sessions FROM gold.traffic
  WHERE org_id = 'acme' AND day BETWEEN '2026-06-01' AND '2026-06-30'
)
WHERE org_id = 'acme' AND ordered_at::DATE BETWEEN '2026-06-01' AND '2026-06-30'
