WITH orders_rows AS (
  SELECT
    MIN("orders"."ordered_at") AS "figure_first",
    MAX("orders"."ordered_at") AS "figure_last",
    COUNT(DISTINCT "orders"."country") AS "figure_0",
    COUNT(DISTINCT "orders"."payment_method") AS "figure_1",
    COUNT(DISTINCT "orders"."channel") AS "figure_2",
    COUNT(DISTINCT "orders"."device_type") AS "figure_3",
    COUNT(DISTINCT "product"."category") AS "figure_4",
    COUNT(DISTINCT "orders"."product_id") AS "figure_5",
    COUNT(DISTINCT "customer"."segment") AS "figure_6"
  FROM (
    SELECT
      "channel",
      "country",
      "customer_id",
      "device_type",
      "ordered_at",
      "payment_method",
      "product_id"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "category",
      "id"
    FROM "gold"."products"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "product"
    ON "orders"."product_id" = "product"."id"
  LEFT JOIN (
    SELECT
      "id",
      "segment"
    FROM "gold"."customers"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "customer"
    ON "orders"."customer_id" = "customer"."id"
), result AS (
  SELECT
    "figure_first" AS "figure_first",
    "figure_last" AS "figure_last",
    CAST("figure_0" AS BIGINT) AS "figure_0",
    CAST("figure_1" AS BIGINT) AS "figure_1",
    CAST("figure_2" AS BIGINT) AS "figure_2",
    CAST("figure_3" AS BIGINT) AS "figure_3",
    CAST("figure_4" AS BIGINT) AS "figure_4",
    CAST("figure_5" AS BIGINT) AS "figure_5",
    CAST("figure_6" AS BIGINT) AS "figure_6"
  FROM orders_rows
)
SELECT
  '{"figure_first":' || COALESCE(
    '"' || CAST(REPLACE(CAST("figure_first" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"figure_last":' || COALESCE(
    '"' || CAST(REPLACE(CAST("figure_last" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"figure_0":' || COALESCE(CAST("figure_0" AS TEXT), 'null') || ',"figure_1":' || COALESCE(CAST("figure_1" AS TEXT), 'null') || ',"figure_2":' || COALESCE(CAST("figure_2" AS TEXT), 'null') || ',"figure_3":' || COALESCE(CAST("figure_3" AS TEXT), 'null') || ',"figure_4":' || COALESCE(CAST("figure_4" AS TEXT), 'null') || ',"figure_5":' || COALESCE(CAST("figure_5" AS TEXT), 'null') || ',"figure_6":' || COALESCE(CAST("figure_6" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($2 AS BIGINT)
-- $1 = 'acme'
-- $2 = 1

WITH usage_requests_rows AS (
  SELECT
    MIN("usage_requests"."requested_at") AS "figure_first",
    MAX("usage_requests"."requested_at") AS "figure_last",
    COUNT(DISTINCT "usage_requests"."model") AS "figure_0",
    COUNT(DISTINCT "ai_model"."family") AS "figure_1",
    COUNT(DISTINCT "usage_requests"."workspace_id") AS "figure_2",
    COUNT(DISTINCT "workspace"."environment") AS "figure_3",
    COUNT(DISTINCT "usage_requests"."endpoint") AS "figure_4",
    COUNT(DISTINCT "usage_requests"."status_code") AS "figure_5"
  FROM (
    SELECT
      "endpoint",
      "model",
      "requested_at",
      "status_code",
      "workspace_id"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "usage_requests"
  LEFT JOIN (
    SELECT
      "environment",
      "id"
    FROM "gold"."workspaces"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "workspace"
    ON "usage_requests"."workspace_id" = "workspace"."id"
  LEFT JOIN (
    SELECT
      "family",
      "id"
    FROM "gold"."ai_models"
  ) AS "ai_model"
    ON "usage_requests"."model" = "ai_model"."id"
), result AS (
  SELECT
    "figure_first" AS "figure_first",
    "figure_last" AS "figure_last",
    CAST("figure_0" AS BIGINT) AS "figure_0",
    CAST("figure_1" AS BIGINT) AS "figure_1",
    CAST("figure_2" AS BIGINT) AS "figure_2",
    CAST("figure_3" AS BIGINT) AS "figure_3",
    CAST("figure_4" AS BIGINT) AS "figure_4",
    CAST("figure_5" AS BIGINT) AS "figure_5"
  FROM usage_requests_rows
)
SELECT
  '{"figure_first":' || COALESCE(
    '"' || CAST(REPLACE(CAST("figure_first" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"figure_last":' || COALESCE(
    '"' || CAST(REPLACE(CAST("figure_last" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"figure_0":' || COALESCE(CAST("figure_0" AS TEXT), 'null') || ',"figure_1":' || COALESCE(CAST("figure_1" AS TEXT), 'null') || ',"figure_2":' || COALESCE(CAST("figure_2" AS TEXT), 'null') || ',"figure_3":' || COALESCE(CAST("figure_3" AS TEXT), 'null') || ',"figure_4":' || COALESCE(CAST("figure_4" AS TEXT), 'null') || ',"figure_5":' || COALESCE(CAST("figure_5" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($2 AS BIGINT)
-- $1 = 'acme'
-- $2 = 1

WITH orders_rows AS (
  SELECT
    "product"."category" AS "category"
  FROM (
    SELECT
      "product_id"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "category",
      "id"
    FROM "gold"."products"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "product"
    ON "orders"."product_id" = "product"."id"
  WHERE
    NOT "product"."category" IS NULL
    AND STRPOS(LOWER("product"."category"), LOWER(CAST($2 AS TEXT))) > 0
  GROUP BY
    1
), result AS (
  SELECT
    "category"
  FROM orders_rows
)
SELECT
  '{"value":' || COALESCE(CAST(TO_JSON("category") AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "category" COLLATE "C" ASC
LIMIT CAST($3 AS BIGINT)
-- $1 = 'acme'
-- $2 = 'EN'
-- $3 = 2

WITH usage_requests_rows AS (
  SELECT
    "usage_requests"."status_code" AS "status_code"
  FROM (
    SELECT
      "status_code"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "usage_requests"
  WHERE
    NOT "usage_requests"."status_code" IS NULL
  GROUP BY
    1
), result AS (
  SELECT
    "status_code"
  FROM usage_requests_rows
)
SELECT
  '{"value":' || COALESCE(CAST("status_code" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "status_code" ASC
LIMIT CAST($2 AS BIGINT)
-- $1 = 'acme'
-- $2 = 100

WITH usage_requests_rows AS (
  SELECT
    "usage_requests"."status_code" AS "status_code"
  FROM (
    SELECT
      "status_code"
    FROM "gold"."usage_requests"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "usage_requests"
  WHERE
    NOT "usage_requests"."status_code" IS NULL
    AND STRPOS(LOWER(CAST("usage_requests"."status_code" AS TEXT)), LOWER(CAST($2 AS TEXT))) > 0
  GROUP BY
    1
), result AS (
  SELECT
    "status_code"
  FROM usage_requests_rows
)
SELECT
  '{"value":' || COALESCE(CAST("status_code" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "status_code" ASC
LIMIT CAST($3 AS BIGINT)
-- $1 = 'acme'
-- $2 = '4'
-- $3 = 100
