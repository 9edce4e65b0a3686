SELECT DISTINCT payment_method AS "paymentMethod", device_type AS "deviceType"
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
ORDER BY ALL NULLS LAST
