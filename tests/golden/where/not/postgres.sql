WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" = ANY(CAST($4 AS TEXT[]))
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ['DE', 'US']
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND NOT (
      "orders"."country" = ANY(CAST($4 AS TEXT[]))
    ) IS TRUE
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ['DE', 'US']
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND NOT (
      NOT (
        "orders"."country" COLLATE "C" > CAST($4 AS TEXT)
      ) IS TRUE
    ) IS TRUE
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 1000001
