SELECT channel, device_type AS "deviceType", count(*) AS "orderCount", sum(net_amount) AS revenue
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
  AND (channel LIKE 'paid!_%' ESCAPE '!' OR device_type = 'tablet')
  AND (country IS NULL OR country NOT IN ('US', 'GB'))
GROUP BY ALL
HAVING sum(net_amount) >= 1000 AND count(*) < 1000
ORDER BY ALL
