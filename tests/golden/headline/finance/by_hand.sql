SELECT
  strftime(ordered_at, '%Y-%m-%d') AS date,
  country,
  payment_method AS "paymentMethod",
  sum(net_amount) AS revenue,
  (sum(net_amount) - sum(cost))::DOUBLE / nullif(sum(net_amount)::DOUBLE, 0) AS "grossMargin",
  count(*) AS "orderCount"
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at >= '2026-06-30' AND ordered_at < '2026-07-01'
GROUP BY ALL
ORDER BY date, country NULLS LAST, payment_method NULLS LAST
