WITH orders_rows AS (
  SELECT
    "product"."category" AS "category",
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "net_amount",
      "ordered_at",
      "product_id"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "category",
      "id"
    FROM "gold"."products"
    WHERE
      "org_id" = $1
  ) AS "product"
    ON "orders"."product_id" = "product"."id"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1
), result AS (
  SELECT
    "category",
    "sum_net_amount" AS "revenue",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"category":' || COALESCE(CAST(TO_JSON("category") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "category" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
