SELECT
  strftime(requested_at, '%Y-%m-%dT%H:00:00Z') AS time,
  count(*) AS requests,
  count(*) FILTER (WHERE status_code >= 400 AND status_code <> 499) AS errors,
  quantile_cont(latency_ms::DOUBLE, 0.5) AS "latencyP50",
  quantile_cont(latency_ms::DOUBLE, 0.95) AS "latencyP95"
FROM gold.usage_requests
WHERE org_id = 'acme' AND requested_at >= '2026-05-12' AND requested_at < '2026-05-13'
GROUP BY time
HAVING "latencyP95" >= 30000 AND requests >= 20
ORDER BY "latencyP95" DESC
