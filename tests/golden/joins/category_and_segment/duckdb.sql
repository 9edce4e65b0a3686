WITH orders_rows AS (
  SELECT
    "customer"."segment" AS "segment",
    COUNT(*) AS "count",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id",
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT("orders"."net_amount") AS "count_net_amount"
  FROM (
    SELECT
      "customer_id",
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
  LEFT JOIN (
    SELECT
      "id",
      "segment"
    FROM "gold"."customers"
    WHERE
      "org_id" = $1
  ) AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
    AND "product"."category" = ANY(CAST($4 AS TEXT[]))
    AND "customer"."segment" IS DISTINCT FROM $5
  GROUP BY
    1
), result AS (
  SELECT
    "segment",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    NULLIF(
      NULLIF(
        NULLIF(
          (
            CAST("sum_net_amount" AS DOUBLE) / NULLIF(CAST("count_net_amount" AS DOUBLE), 0)
          ),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "average_order_value"
  FROM orders_rows
)
SELECT
  '{"segment":' || COALESCE(CAST(TO_JSON("segment") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"customers":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "segment" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ['toys', 'kitchen']
-- $5 = 'enterprise'
-- $6 = 1000001
