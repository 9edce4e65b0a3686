WITH usage_requests_rows AS (
  SELECT
    "usage_requests"."status_code" AS "status_code",
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
    ) AS DOUBLE PRECISION) AS "percentile_95_latency_ms",
    COUNT(*) AS "count",
    SUM("usage_requests"."cost_usd") AS "sum_cost_usd",
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
    ) AS DOUBLE PRECISION) AS "percentile_50_latency_ms"
  FROM (
    SELECT
      "cost_usd",
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
), result AS MATERIALIZED (
  SELECT
    "status_code",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_95_latency_ms" AS DOUBLE PRECISION), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p95",
    CAST(COALESCE("count", 0) AS BIGINT) AS "requests",
    NULLIF(NULLIF(NULLIF("sum_cost_usd", 'NaN'), 'Infinity'), '-Infinity') AS "cost",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_50_latency_ms" AS DOUBLE PRECISION), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p50"
  FROM usage_requests_rows
)
SELECT
  "row"
FROM (
  (
    SELECT
      0 AS "question",
      ROW_NUMBER() OVER (ORDER BY "latency_p95" DESC NULLS LAST, "status_code" ASC) AS "place",
      '0' || '{"statusCode":' || COALESCE(CAST("status_code" AS TEXT), 'null') || ',"latencyP95":' || COALESCE(CAST("latency_p95" AS TEXT), 'null') || '}' AS "row"
    FROM result
    ORDER BY
      "latency_p95" DESC NULLS LAST,
      "status_code" ASC
    LIMIT CAST($4 AS BIGINT)
  )
  UNION ALL
  (
    SELECT
      1 AS "question",
      ROW_NUMBER() OVER (ORDER BY "status_code" ASC) AS "place",
      '1' || '{"statusCode":' || COALESCE(CAST("status_code" AS TEXT), 'null') || ',"requests":' || COALESCE(CAST("requests" AS TEXT), 'null') || ',"cost":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"latencyP50":' || COALESCE(CAST("latency_p50" AS TEXT), 'null') || '}' AS "row"
    FROM result
    ORDER BY
      "status_code" ASC
    LIMIT CAST($5 AS BIGINT)
  )
) AS answers
ORDER BY
  "question",
  "place"
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 3
-- $5 = 1000001
