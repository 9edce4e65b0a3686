SELECT strftime(timezone('America/New_York', timezone('UTC', ordered_at)), '%Y-%m-%d') AS date,
  count(*) AS "orderCount", sum(net_amount) AS revenue
FROM gold.orders
WHERE org_id = 'acme'
  AND ordered_at >= '2026-03-07 05:00:00' AND ordered_at < '2026-03-10 04:00:00'
GROUP BY date
ORDER BY date
