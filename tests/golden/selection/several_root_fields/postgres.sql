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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
), result AS (
  SELECT
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($4 AS BIGINT)
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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
), result AS (
  SELECT
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($4 AS BIGINT)
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
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
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
          ) AS DOUBLE PRECISION) / NULLIF(CAST("sum_net_amount" AS DOUBLE PRECISION), 0),
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
  "gross_margin" DESC NULLS LAST,
  "category" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" = CAST($4 AS TEXT)
), result AS (
  SELECT
    CAST(COALESCE("count_where_is_first_order", 0) AS BIGINT) AS "new_customer_count"
  FROM orders_rows
)
SELECT
  '{"newCustomerCount":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || '}'
FROM result
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'SE'
-- $5 = 1000001
