SELECT segment, count(*) AS "orderCount", count(DISTINCT customer_id) AS customers,
  avg(net_amount) AS "averageOrderValue"
FROM gold.orders
LEFT JOIN gold.products ON products.org_id = 'acme' AND products.id = product_id
LEFT JOIN gold.customers ON customers.org_id = 'acme' AND customers.id = customer_id
WHERE orders.org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
  AND category IN ('toys', 'kitchen') AND segment <> 'enterprise'
GROUP BY segment
ORDER BY segment
