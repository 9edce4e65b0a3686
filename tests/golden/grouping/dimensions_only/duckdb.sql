WITH orders_rows AS (
  SELECT
    "orders"."payment_method" AS "payment_method",
    "orders"."device_type" AS "device_type"
  FROM (
    SELECT
      "device_type",
      "ordered_at",
      "payment_method"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1,
    2
), result AS (
  SELECT
    "payment_method",
    "device_type"
  FROM orders_rows
)
SELECT
  '{"paymentMethod":' || COALESCE(CAST(TO_JSON("payment_method") AS TEXT), 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "payment_method" ASC,
  "device_type" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
