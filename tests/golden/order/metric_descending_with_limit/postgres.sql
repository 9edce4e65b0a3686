WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "country",
      "net_amount",
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
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "revenue" DESC NULLS LAST,
  "country" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 3
