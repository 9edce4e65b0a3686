SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("usage_requests"."id" AS TEXT)) AS TEXT), 'null') || ',"requestedAt":' || COALESCE(
    '"' || CAST(REPLACE(CAST(CAST("usage_requests"."requested_at" AS TIMESTAMP) AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"latencyMs":' || COALESCE(CAST(CAST("usage_requests"."latency_ms" AS INT) AS TEXT), 'null') || ',"cost":' || COALESCE(CAST("usage_requests"."cost_usd" AS TEXT), 'null') || ',"workspace":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("usage_requests"."workspace_id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"modelInfo":' || CHR(30) || COALESCE(CAST(TO_JSON("usage_requests"."model") AS TEXT), 'null') || CHR(30) || '}' AS "row"
FROM (
  SELECT
    "cost_usd",
    "id",
    "latency_ms",
    "model",
    "requested_at",
    "status_code",
    "workspace_id"
  FROM (
    SELECT
      "cost_usd",
      "id",
      "latency_ms",
      "model",
      "requested_at",
      "status_code",
      "workspace_id"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = $1
  ) AS "usage_requests"
  WHERE
    CAST("usage_requests"."requested_at" AS TIMESTAMP) >= $2
    AND CAST("usage_requests"."requested_at" AS TIMESTAMP) < $3
    AND "usage_requests"."status_code" = $4
  ORDER BY
    "usage_requests"."latency_ms" DESC,
    "usage_requests"."id" DESC
  LIMIT $5
) AS "usage_requests"
ORDER BY
  "usage_requests"."latency_ms" DESC,
  "usage_requests"."id" DESC
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 5, 12, 0, 0)
-- $3 = datetime.datetime(2026, 5, 13, 0, 0)
-- $4 = 503
-- $5 = 5

SELECT
  CAST(COUNT(*) AS TEXT) AS "rows"
FROM (
  SELECT
    "id",
    "requested_at",
    "status_code"
  FROM "gold"."usage_requests"
  WHERE
    "org_id" = $1
) AS "usage_requests"
WHERE
  CAST("usage_requests"."requested_at" AS TIMESTAMP) >= $2
  AND CAST("usage_requests"."requested_at" AS TIMESTAMP) < $3
  AND "usage_requests"."status_code" = $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 5, 12, 0, 0)
-- $3 = datetime.datetime(2026, 5, 13, 0, 0)
-- $4 = 503

SELECT
  CAST(TO_JSON(CAST("workspaces"."id" AS TEXT)) AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("workspaces"."name") AS TEXT), 'null') || ',"environment":' || COALESCE(CAST(TO_JSON("workspaces"."environment") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "environment",
    "id",
    "name"
  FROM "gold"."workspaces"
  WHERE
    "org_id" = $1
) AS "workspaces"
WHERE
  "workspaces"."id" = ANY(CAST($2 AS BIGINT[]))
-- $1 = 'acme'
-- $2 = [1, 2, 3]

SELECT
  CAST(TO_JSON("ai_models"."id") AS TEXT) || CHR(31) || '{"family":' || COALESCE(CAST(TO_JSON("ai_models"."family") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "family",
    "id"
  FROM "gold"."ai_models"
) AS "ai_models"
WHERE
  "ai_models"."id" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['kestrel-1', 'plover-embed', 'kestrel-2']
