WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
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
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
WHERE
  (
    "country" IS NULL OR "order_count" > CAST($4 AS BIGINT)
  )
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000
-- $5 = 1000001
