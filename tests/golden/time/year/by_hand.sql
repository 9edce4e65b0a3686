SELECT strftime(date_trunc('year', ordered_at::DATE), '%Y-%m-%d') AS date, count(*) AS "orderCount",
  sum(net_amount) AS revenue, (
    SELECT sum(sessions)::BIGINT FROM gold.traffic
    WHERE org_id = 'acme' AND day BETWEEN '2024-07-01' AND '2026-06-30'
      AND strftime(date_trunc('year', day), '%Y-%m-%d') = date
  ) AS sessions
FROM gold.orders
WHERE org_id = 'acme' AND ordered_at::DATE BETWEEN '2024-07-01' AND '2026-06-30'
GROUP BY date
ORDER BY date
