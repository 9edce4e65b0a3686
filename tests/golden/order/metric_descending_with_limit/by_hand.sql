SELECT country, sum(net_amount) AS revenue
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
GROUP BY country
ORDER BY revenue DESC
LIMIT 3
