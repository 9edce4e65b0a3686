WITH traffic_rows AS (
  SELECT
    "traffic"."channel" AS "channel",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "channel",
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "traffic"
  WHERE
    "traffic"."day" >= CAST($2 AS DATE) AND "traffic"."day" < CAST($3 AS DATE)
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM traffic_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
WHERE
  "sessions" = CAST($4 AS BIGINT)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.date(2026, 6, 30)
-- $3 = datetime.date(2026, 7, 1)
-- $4 = 2900
-- $5 = 1000001

WITH traffic_rows AS (
  SELECT
    "traffic"."channel" AS "channel",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "channel",
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "traffic"
  WHERE
    "traffic"."day" >= CAST($2 AS DATE) AND "traffic"."day" < CAST($3 AS DATE)
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM traffic_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
WHERE
  "sessions" IS DISTINCT FROM CAST($4 AS BIGINT)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.date(2026, 6, 30)
-- $3 = datetime.date(2026, 7, 1)
-- $4 = 2900
-- $5 = 1000001

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
), result AS (
  SELECT
    "channel",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
WHERE
  "order_count" = ANY(CAST($4 AS BIGINT[]))
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = [117, 47]
-- $5 = 1000001

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
), result AS (
  SELECT
    "channel",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
WHERE
  NOT (
    "order_count" = ANY(CAST($4 AS BIGINT[]))
  ) IS TRUE
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = [117, 47]
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "channel",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" > CAST($4 AS DECIMAL)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = Decimal('20354.97')
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "channel",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" >= CAST($4 AS DECIMAL)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = Decimal('20354.97')
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "channel",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" < CAST($4 AS DECIMAL)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = Decimal('20354.97')
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "channel",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" <= CAST($4 AS DECIMAL)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = Decimal('20354.97')
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT("orders"."net_amount") AS "count_net_amount"
  FROM (
    SELECT
      "channel",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    NULLIF(
      NULLIF(
        NULLIF(
          (
            CAST("sum_net_amount" AS DOUBLE PRECISION) / NULLIF(CAST("count_net_amount" AS DOUBLE PRECISION), 0)
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
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || '}'
FROM result
WHERE
  (
    "average_order_value" >= CAST($4 AS DOUBLE PRECISION)
    AND "average_order_value" <= CAST($5 AS DOUBLE PRECISION)
  )
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 150.0
-- $5 = 200.25
-- $6 = 1000001

WITH traffic_rows AS (
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
    "traffic"."day" >= CAST($2 AS DATE) AND "traffic"."day" < CAST($3 AS DATE)
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE PRECISION) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE PRECISION), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate"
  FROM traffic_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
FROM result
WHERE
  "click_through_rate" IS NULL
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.date(2026, 6, 30)
-- $3 = datetime.date(2026, 7, 1)
-- $4 = 1000001

WITH traffic_rows AS (
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
    "traffic"."day" >= CAST($2 AS DATE) AND "traffic"."day" < CAST($3 AS DATE)
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE PRECISION) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE PRECISION), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate"
  FROM traffic_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
FROM result
WHERE
  NOT "click_through_rate" IS NULL
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.date(2026, 6, 30)
-- $3 = datetime.date(2026, 7, 1)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount",
    SUM("orders"."cost") AS "sum_cost"
  FROM (
    SELECT
      "channel",
      "cost",
      "net_amount",
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
), result AS (
  SELECT
    "channel",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
WHERE
  "gross_margin" > CAST($4 AS DOUBLE PRECISION)
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 0.5
-- $5 = 1000001
