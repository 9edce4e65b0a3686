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
  '{"f00":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f01":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f02":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f03":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f04":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f05":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f06":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f07":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f08":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f09":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f10":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f11":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f12":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f13":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f14":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f15":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f16":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f17":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f18":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f19":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f20":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f21":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f22":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f23":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f24":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f25":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f26":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f27":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f28":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f29":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f30":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f31":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f32":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f33":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f34":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f35":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f36":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f37":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f38":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f39":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f40":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f41":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f42":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f43":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f44":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f45":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f46":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f47":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f48":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f49":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f50":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f51":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f52":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f53":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f54":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f55":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f56":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f57":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f58":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f59":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
FROM result
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
