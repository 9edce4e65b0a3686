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
    AND "orders"."country" = CAST($4 AS TEXT)
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
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = "' OR 1=1 --"
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND STRPOS("orders"."channel", CAST($4 AS TEXT)) > 0
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
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = '%'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND STRPOS("orders"."channel", CAST($4 AS TEXT)) > 0
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = '_'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND STARTS_WITH("orders"."channel", CAST($4 AS TEXT))
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
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ''
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."channel" COLLATE "C" > CAST($4 AS TEXT)
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
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'é😀'
-- $5 = 1000001
