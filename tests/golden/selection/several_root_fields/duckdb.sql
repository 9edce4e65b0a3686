WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
), result AS (
  SELECT
    "sum_net_amount" AS "revenue",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
), result AS (
  SELECT
    "sum_net_amount" AS "revenue",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2025, 6, 1, 0, 0)
-- $3 = datetime.datetime(2025, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    "product"."category" AS "category",
    SUM("orders"."net_amount") AS "sum_net_amount",
    SUM("orders"."cost") AS "sum_cost"
  FROM (
    SELECT
      "cost",
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
    NULLIF(
      NULLIF(
        NULLIF(
          CAST((
            "sum_net_amount" - "sum_cost"
          ) AS DOUBLE) / NULLIF(CAST("sum_net_amount" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "gross_margin"
  FROM orders_rows
)
SELECT
  '{"category":' || COALESCE(CAST(TO_JSON("category") AS TEXT), 'null') || ',"grossMargin":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "gross_margin" DESC,
  "category" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 2

WITH orders_rows AS (
  SELECT
    COUNT(*) FILTER(WHERE
      "orders"."is_first_order") AS "count_where_is_first_order"
  FROM (
    SELECT
      "country",
      "is_first_order",
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
    CAST(COALESCE("count_where_is_first_order", 0) AS BIGINT) AS "new_customer_count"
  FROM orders_rows
)
SELECT
  '{"newCustomerCount":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || '}'
FROM result
LIMIT $5
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'SE'
-- $5 = 1000001
