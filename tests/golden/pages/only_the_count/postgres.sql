SELECT
  CAST(COUNT(*) AS TEXT) AS "rows"
FROM (
  SELECT
    "customer_id",
    "id"
  FROM "gold"."orders"
  WHERE
    "org_id" = CAST($1 AS TEXT)
) AS "orders"
WHERE
  "orders"."customer_id" = CAST($2 AS BIGINT)
-- $1 = 'acme'
-- $2 = 7
