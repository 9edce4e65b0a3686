WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    SUM("orders"."cost") AS "sum_cost",
    COUNT(*) AS "count",
    COUNT("orders"."net_amount") AS "count_net_amount",
    COUNT(*) FILTER(WHERE
      "orders"."is_first_order") AS "count_where_is_first_order",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id"
  FROM (
    SELECT
      "cost",
      "customer_id",
      "is_first_order",
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
), traffic_rows AS (
  SELECT
    SUM("traffic"."sessions") AS "sum_traffic_sessions",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "clicks",
      "day",
      "impressions",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $4 AND "traffic"."day" < $5
), merged AS (
  SELECT
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("sum_cost") AS "sum_cost",
    SUM("count") AS "count",
    SUM("count_net_amount") AS "count_net_amount",
    SUM("count_where_is_first_order") AS "count_where_is_first_order",
    MAX("count_distinct_customer_id") AS "count_distinct_customer_id",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "sum_net_amount",
      "sum_cost",
      "count",
      "count_net_amount",
      "count_where_is_first_order",
      "count_distinct_customer_id",
      NULL AS "sum_traffic_sessions",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions"
    FROM orders_rows
    UNION ALL
    SELECT
      NULL AS "sum_net_amount",
      NULL AS "sum_cost",
      NULL AS "count",
      NULL AS "count_net_amount",
      NULL AS "count_where_is_first_order",
      NULL AS "count_distinct_customer_id",
      "sum_traffic_sessions",
      "sum_traffic_clicks",
      "sum_traffic_impressions"
    FROM traffic_rows
  ) AS stacked
), result AS (
  SELECT
    "sum_net_amount" AS "revenue",
    "sum_cost" AS "cost",
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
    ) AS "gross_margin",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
    ) AS "average_order_value",
    CAST(COALESCE("count_where_is_first_order", 0) AS BIGINT) AS "new_customer_count",
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST(COALESCE("count", 0) AS DOUBLE) / NULLIF(CAST("sum_traffic_sessions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "conversion_rate",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate"
  FROM merged
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"cost":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"grossMargin":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"newCustomerCount":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"customers":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
FROM result
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(1999, 1, 1, 0, 0)
-- $3 = datetime.datetime(2000, 1, 1, 0, 0)
-- $4 = datetime.date(1999, 1, 1)
-- $5 = datetime.date(2000, 1, 1)
-- $6 = 1000001

WITH orders_rows AS (
  SELECT
    CAST("orders"."ordered_at" AS DATE) AS "date",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1
), traffic_rows AS (
  SELECT
    "traffic"."day" AS "date",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $4 AND "traffic"."day" < $5
  GROUP BY
    1
), merged AS (
  SELECT
    "date",
    SUM("count") AS "count",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "date",
      "count",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      NULL AS "count",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "date"
), result AS (
  SELECT
    "date",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM merged
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(1999, 1, 1, 0, 0)
-- $3 = datetime.datetime(2000, 1, 1, 0, 0)
-- $4 = datetime.date(1999, 1, 1)
-- $5 = datetime.date(2000, 1, 1)
-- $6 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country"
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
  GROUP BY
    1
), result AS (
  SELECT
    "country"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(1999, 1, 1, 0, 0)
-- $3 = datetime.datetime(2000, 1, 1, 0, 0)
-- $4 = 1000001
