WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT("orders"."net_amount") AS "count_net_amount",
    COUNT(*) AS "count",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id"
  FROM (
    SELECT
      "customer_id",
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
), merged AS (
  SELECT
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("count_net_amount") AS "count_net_amount",
    SUM("count") AS "count",
    MAX("count_distinct_customer_id") AS "count_distinct_customer_id",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "sum_net_amount",
      "count_net_amount",
      "count",
      "count_distinct_customer_id",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      NULL AS "sum_net_amount",
      NULL AS "count_net_amount",
      NULL AS "count",
      NULL AS "count_distinct_customer_id",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
), result AS (
  SELECT
    "sum_net_amount" AS "revenue",
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
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
    ) AS "conversion_rate"
  FROM merged
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"customers":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || '}'
FROM result
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 1)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
