SELECT strftime(date_trunc('week', ordered_at::DATE), '%Y-%m-%d') AS date, count(*) AS "orderCount",
  sum(net_amount) AS revenue, (
    SELECT sum(sessions)::BIGINT FROM gold.traffic
    WHERE org_id = 'acme' AND day BETWEEN '2025-12-24' AND '2026-01-13'
      AND strftime(date_trunc('week', day), '%Y-%m-%d') = date
  ) AS sessions
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at::DATE BETWEEN '2025-12-24' AND '2026-01-13'
GROUP BY date
ORDER BY date
