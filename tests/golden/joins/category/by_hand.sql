SELECT category, sum(net_amount) AS revenue, count(*) AS "orderCount"
FROM gold.orders LEFT JOIN gold.products
  ON products.org_id = orders.org_id AND products.id = orders.product_id
WHERE orders.org_id = 'acme' AND ordered_at >= '2026-06-01' AND ordered_at < '2026-07-01'
GROUP BY category
ORDER BY category NULLS LAST
