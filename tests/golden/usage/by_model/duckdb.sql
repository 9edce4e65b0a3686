WITH usage_requests_rows AS (
  SELECT
    "usage_requests"."model" AS "model",
    COUNT(*) AS "count",
    SUM("usage_requests"."input_tokens") AS "sum_input_tokens",
    SUM("usage_requests"."output_tokens") AS "sum_output_tokens",
    SUM("usage_requests"."cost_usd") AS "sum_cost_usd",
    COUNT(*) FILTER(WHERE
      "usage_requests"."status_code" >= 400 AND "usage_requests"."status_code" <> 499) AS "count_where_status_code_400_and_status_code_499",
    CAST(FORMAT(
      '{:.11e}',
      NULLIF(
        NULLIF(
          NULLIF(QUANTILE_CONT(CAST("usage_requests"."latency_ms" AS DOUBLE), 0.5), 'NaN'),
          'Infinity'
        ),
        '-Infinity'
      )
    ) AS DOUBLE) AS "percentile_50_latency_ms",
    CAST(FORMAT(
      '{:.11e}',
      NULLIF(
        NULLIF(
          NULLIF(QUANTILE_CONT(CAST("usage_requests"."latency_ms" AS DOUBLE), 0.95), 'NaN'),
          'Infinity'
        ),
        '-Infinity'
      )
    ) AS DOUBLE) AS "percentile_95_latency_ms"
  FROM (
    SELECT
      "cost_usd",
      "input_tokens",
      "latency_ms",
      "model",
      "output_tokens",
      "requested_at",
      "status_code",
      "workspace_id"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = $1
  ) AS "usage_requests"
  LEFT JOIN (
    SELECT
      "environment",
      "id"
    FROM "gold"."workspaces"
    WHERE
      "org_id" = $1
  ) AS "workspace"
    ON "usage_requests"."workspace_id" = "workspace"."id"
  WHERE
    CAST("usage_requests"."requested_at" AS TIMESTAMP) >= $2
    AND CAST("usage_requests"."requested_at" AS TIMESTAMP) < $3
    AND "workspace"."environment" = $4
  GROUP BY
    1
), result AS (
  SELECT
    "model",
    CAST(COALESCE("count", 0) AS BIGINT) AS "requests",
    CAST("sum_input_tokens" AS BIGINT) AS "input_tokens",
    CAST("sum_output_tokens" AS BIGINT) AS "output_tokens",
    "sum_cost_usd" AS "cost",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST(COALESCE("count_where_status_code_400_and_status_code_499", 0) AS DOUBLE) / NULLIF(CAST(COALESCE("count", 0) AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "error_rate",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_50_latency_ms" AS DOUBLE), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p50",
    NULLIF(
      NULLIF(NULLIF(CAST("percentile_95_latency_ms" AS DOUBLE), 'NaN'), 'Infinity'),
      '-Infinity'
    ) AS "latency_p95"
  FROM usage_requests_rows
)
SELECT
  '{"model":' || COALESCE(CAST(TO_JSON("model") AS TEXT), 'null') || ',"modelInfo":' || CHR(30) || COALESCE(CAST(TO_JSON("model") AS TEXT), 'null') || CHR(30) || ',"requests":' || COALESCE(CAST("requests" AS TEXT), 'null') || ',"inputTokens":' || COALESCE(CAST("input_tokens" AS TEXT), 'null') || ',"outputTokens":' || COALESCE(CAST("output_tokens" AS TEXT), 'null') || ',"cost":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"errorRate":' || COALESCE(CAST("error_rate" AS TEXT), 'null') || ',"latencyP50":' || COALESCE(CAST("latency_p50" AS TEXT), 'null') || ',"latencyP95":' || COALESCE(CAST("latency_p95" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "model" ASC
LIMIT $5
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 5, 11, 0, 0)
-- $3 = datetime.datetime(2026, 5, 18, 0, 0)
-- $4 = 'production'
-- $5 = 1000001

SELECT
  CAST(TO_JSON("ai_models"."id") AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("ai_models"."name") AS TEXT), 'null') || ',"inputPrice":' || COALESCE(CAST("ai_models"."input_price" AS TEXT), 'null') || ',"outputPrice":' || COALESCE(CAST("ai_models"."output_price" AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "id",
    "input_price",
    "name",
    "output_price"
  FROM "gold"."ai_models"
) AS "ai_models"
WHERE
  "ai_models"."id" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['kestrel-1', 'kestrel-1-max', 'kestrel-1-mini', 'kestrel-2', 'plover-embed']
