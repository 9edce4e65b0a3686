WITH usage_requests_rows AS (
  SELECT
    DATE_TRUNC('hour', "usage_requests"."requested_at") AS "time",
    COUNT(*) AS "count",
    COUNT(*) FILTER(WHERE
      "usage_requests"."status_code" >= 400 AND "usage_requests"."status_code" <> 499) AS "count_where_status_code_400_and_status_code_499",
    CAST(TO_CHAR(
      NULLIF(
        NULLIF(
          NULLIF(
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY
              CAST("usage_requests"."latency_ms" AS DOUBLE PRECISION)),
            'NaN'
          ),
          'Infinity'
        ),
        '-Infinity'
      ),
      '9.99999999999EEEE'
    ) AS DOUBLE PRECISION) AS "percentile_50_latency_ms",
    CAST(TO_CHAR(
      NULLIF(
        NULLIF(
          NULLIF(
            PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY
              CAST("usage_requests"."latency_ms" AS DOUBLE PRECISION)),
            'NaN'
          ),
          'Infinity'
        ),
        '-Infinity'
      ),
      '9.99999999999EEEE'
    ) AS DOUBLE PRECISION) AS "percentile_95_latency_ms"
  FROM (
    SELECT
      "latency_ms",
      "requested_at",
      "status_code"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "usage_requests"
  WHERE
    "usage_requests"."requested_at" >= CAST($2 AS TIMESTAMP)
    AND "usage_requests"."requested_at" < CAST($3 AS TIMESTAMP)
  GROUP BY
    1
), result AS (
  SELECT
    "time",
    CAST(COALESCE("count", 0) AS BIGINT) AS "requests",
    CAST(COALESCE("count_where_status_code_400_and_status_code_499", 0) AS BIGINT) AS "errors",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_50_latency_ms" AS DOUBLE PRECISION), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p50",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_95_latency_ms" AS DOUBLE PRECISION), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p95"
  FROM usage_requests_rows
)
SELECT
  '{"time":' || COALESCE('"' || CAST(REPLACE(CAST("time" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"', 'null') || ',"requests":' || COALESCE(CAST("requests" AS TEXT), 'null') || ',"errors":' || COALESCE(CAST("errors" AS TEXT), 'null') || ',"latencyP50":' || COALESCE(CAST("latency_p50" AS TEXT), 'null') || ',"latencyP95":' || COALESCE(CAST("latency_p95" AS TEXT), 'null') || '}'
FROM result
WHERE
  "requests" >= CAST($4 AS BIGINT)
  AND "latency_p95" >= CAST($5 AS DOUBLE PRECISION)
ORDER BY
  "latency_p95" DESC NULLS LAST,
  "time" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 5, 12, 0, 0)
-- $3 = datetime.datetime(2026, 5, 13, 0, 0)
-- $4 = 20
-- $5 = 30000.0
-- $6 = 1000001
