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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
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
      "org_id" = CAST($1 AS TEXT)
  ) AS "traffic"
  WHERE
    "traffic"."day" >= CAST($4 AS DATE) AND "traffic"."day" < CAST($5 AS DATE)
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
      CAST(NULL AS BIGINT) AS "sum_traffic_clicks",
      CAST(NULL AS BIGINT) AS "sum_traffic_impressions",
      1 AS "_groups_0"
    FROM orders_rows
    UNION ALL
    SELECT
      "channel",
      CAST(NULL AS BIGINT) AS "count",
      "sum_traffic_clicks",
      "sum_traffic_impressions",
      CAST(NULL AS BIGINT) AS "_groups_0"
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
          CAST("sum_traffic_clicks" AS DOUBLE PRECISION) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE PRECISION), 0),
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
  "channel" COLLATE "C" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 1)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
