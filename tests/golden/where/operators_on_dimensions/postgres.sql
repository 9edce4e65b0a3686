WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" = CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" IS DISTINCT FROM CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" = ANY(CAST($4 AS TEXT[]))
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ['DE', 'JP']
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" = ANY(CAST($4 AS TEXT[]))
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = []
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND NOT (
      "orders"."country" = ANY(CAST($4 AS TEXT[]))
    ) IS TRUE
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = ['DE', 'JP']
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" COLLATE "C" > CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'JP'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" COLLATE "C" >= CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'JP'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" COLLATE "C" < CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" COLLATE "C" <= CAST($4 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND (
      "orders"."country" COLLATE "C" >= CAST($4 AS TEXT)
      AND "orders"."country" COLLATE "C" <= CAST($5 AS TEXT)
    )
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'DE'
-- $5 = 'GB'
-- $6 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND STRPOS("orders"."country", CAST($4 AS TEXT)) > 0
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'E'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND STARTS_WITH("orders"."country", CAST($4 AS TEXT))
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($5 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'E'
-- $5 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" IS NULL
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND NOT "orders"."country" IS NULL
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
      "country",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND "orders"."country" IS DISTINCT FROM CAST($4 AS TEXT)
    AND "orders"."country" COLLATE "C" >= CAST($5 AS TEXT)
    AND "orders"."channel" = CAST($6 AS TEXT)
  GROUP BY
    1
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" COLLATE "C" ASC
LIMIT CAST($7 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'GB'
-- $5 = 'DE'
-- $6 = 'email'
-- $7 = 1000001
