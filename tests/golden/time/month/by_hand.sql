SELECT strftime(date_trunc('month', ordered_at::DATE), '%Y-%m-%d') AS date, count(*) AS "orderCount",
  sum(net_amount) AS revenue, (
    SELECT sum(sessions)::BIGINT FROM gold.traffic
    WHERE org_id = 'acme' AND day BETWEEN '2025-11-15' AND '2026-02-14'
      AND strftime(date_trunc('month', day), '%Y-%m-%d') = date
  ) AS sessions
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at::DATE BETWEEN '2025-11-15' AND '2026-02-14'
GROUP BY date
ORDER BY date
