WITH orders_rows AS (
  SELECT
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND "orders"."country" = $4
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $5
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
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND STRPOS("orders"."channel", $4) > 0
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $5
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
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND STRPOS("orders"."channel", $4) > 0
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
  "channel" ASC
LIMIT $5
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
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND STARTS_WITH("orders"."channel", $4)
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $5
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
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND "orders"."channel" > $4
), result AS (
  SELECT
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $5
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'é😀'
-- $5 = 1000001
