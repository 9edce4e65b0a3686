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
  GROUP BY
    1
), traffic_rows AS (
  SELECT
    "traffic"."channel" AS "channel",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "channel",
      "clicks",
      "day",
      "impressions"
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
    "channel",
    SUM("count") AS "count",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions",
    MAX("_groups_0") AS "_groups_0"
  FROM (
    SELECT
      "channel",
      "count",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions",
      1 AS "_groups_0"
    FROM orders_rows
    UNION ALL
    SELECT
      "channel",
      NULL AS "count",
      "sum_traffic_clicks",
      "sum_traffic_impressions",
      NULL AS "_groups_0"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "channel"
), result AS (
  SELECT
    "channel",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate",
    "_groups_0"
  FROM merged
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
WHERE
  "_groups_0" = 1
ORDER BY
  "click_through_rate" ASC,
  "channel" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 1)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
