SELECT country, count(*) AS "orderCount"
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
GROUP BY country
HAVING country IS NULL OR count(*) > 1000
ORDER BY country NULLS LAST
