SELECT
  CAST(COUNT(*) AS TEXT) AS "rows"
FROM (
  SELECT
    "customer_id",
    "id"
  FROM "gold"."orders"
  WHERE
    "org_id" = $1
) AS "orders"
WHERE
  "orders"."customer_id" = $2
-- $1 = 'acme'
-- $2 = 7
