WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT("orders"."net_amount") AS "count_net_amount",
    SUM("orders"."cost") AS "sum_cost"
  FROM (
    SELECT
      "channel",
      "cost",
      "net_amount",
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
    SUM("traffic"."sessions") AS "sum_traffic_sessions",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "channel",
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
  GROUP BY
    1
), merged AS (
  SELECT
    "channel",
    SUM("count") AS "count",
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("count_net_amount") AS "count_net_amount",
    SUM("sum_cost") AS "sum_cost",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions",
    MAX("_groups_0") AS "_groups_0",
    MAX("_groups_1") AS "_groups_1"
  FROM (
    SELECT
      "channel",
      "count",
      "sum_net_amount",
      "count_net_amount",
      "sum_cost",
      NULL AS "sum_traffic_sessions",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions",
      NULL AS "_groups_0",
      1 AS "_groups_1"
    FROM orders_rows
    UNION ALL
    SELECT
      "channel",
      NULL AS "count",
      NULL AS "sum_net_amount",
      NULL AS "count_net_amount",
      NULL AS "sum_cost",
      "sum_traffic_sessions",
      "sum_traffic_clicks",
      "sum_traffic_impressions",
      1 AS "_groups_0",
      NULL AS "_groups_1"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "channel"
), result AS MATERIALIZED (
  SELECT
    "channel",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
    "_groups_0",
    "_groups_1"
  FROM merged
)
SELECT
  "row"
FROM (
  (
    SELECT
      0 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '0' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_0" = 1 AND "sessions" = $6
    ORDER BY
      "channel" ASC
    LIMIT $7
  )
  UNION ALL
  (
    SELECT
      1 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '1' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_0" = 1 AND "sessions" IS DISTINCT FROM $8
    ORDER BY
      "channel" ASC
    LIMIT $9
  )
  UNION ALL
  (
    SELECT
      2 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '2' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "order_count" = ANY(CAST($10 AS BIGINT[]))
    ORDER BY
      "channel" ASC
    LIMIT $11
  )
  UNION ALL
  (
    SELECT
      3 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '3' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND NOT (
        "order_count" = ANY(CAST($12 AS BIGINT[]))
      ) IS TRUE
    ORDER BY
      "channel" ASC
    LIMIT $13
  )
  UNION ALL
  (
    SELECT
      4 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '4' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "revenue" > $14
    ORDER BY
      "channel" ASC
    LIMIT $15
  )
  UNION ALL
  (
    SELECT
      5 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '5' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "revenue" >= $16
    ORDER BY
      "channel" ASC
    LIMIT $17
  )
  UNION ALL
  (
    SELECT
      6 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '6' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "revenue" < $18
    ORDER BY
      "channel" ASC
    LIMIT $19
  )
  UNION ALL
  (
    SELECT
      7 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '7' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "revenue" <= $20
    ORDER BY
      "channel" ASC
    LIMIT $21
  )
  UNION ALL
  (
    SELECT
      8 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '8' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1
      AND (
        "average_order_value" >= $22 AND "average_order_value" <= $23
      )
    ORDER BY
      "channel" ASC
    LIMIT $24
  )
  UNION ALL
  (
    SELECT
      9 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '9' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_0" = 1 AND "click_through_rate" IS NULL
    ORDER BY
      "channel" ASC
    LIMIT $25
  )
  UNION ALL
  (
    SELECT
      10 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '10' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_0" = 1 AND NOT "click_through_rate" IS NULL
    ORDER BY
      "channel" ASC
    LIMIT $26
  )
  UNION ALL
  (
    SELECT
      11 AS "question",
      ROW_NUMBER() OVER (ORDER BY "channel" ASC) AS "place",
      '11' || '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}' AS "row"
    FROM result
    WHERE
      "_groups_1" = 1 AND "gross_margin" > $27
    ORDER BY
      "channel" ASC
    LIMIT $28
  )
) AS answers
ORDER BY
  "question",
  "place"
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 2900
-- $7 = 1000001
-- $8 = 2900
-- $9 = 1000001
-- $10 = [117, 47]
-- $11 = 1000001
-- $12 = [117, 47]
-- $13 = 1000001
-- $14 = Decimal('20354.97')
-- $15 = 1000001
-- $16 = Decimal('20354.97')
-- $17 = 1000001
-- $18 = Decimal('20354.97')
-- $19 = 1000001
-- $20 = Decimal('20354.97')
-- $21 = 1000001
-- $22 = 150.0
-- $23 = 200.25
-- $24 = 1000001
-- $25 = 1000001
-- $26 = 1000001
-- $27 = 0.5
-- $28 = 1000001
