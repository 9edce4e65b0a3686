SELECT
  CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT) || CHR(31) || '{"id":' || COALESCE(CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT), 'null') || ',"today":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"then":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"beforeAll":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT), 'null') || CHR(30) || '}' AS "row"
FROM (
  SELECT
    "id"
  FROM "gold"."customers"
  WHERE
    "org_id" = $1
) AS "customers"
WHERE
  "customers"."id" = ANY(CAST($2 AS BIGINT[]))
-- $1 = 'acme'
-- $2 = [84, 98, 999999]

SELECT
  CAST(TO_JSON(CAST("customer_segments"."customer_id" AS TEXT)) AS TEXT) || CHR(31) || '{"segment":' || COALESCE(CAST(TO_JSON("customer_segments"."segment") AS TEXT), 'null') || ',"validFrom":' || COALESCE(
    '"' || CAST(REPLACE(CAST(CAST("customer_segments"."valid_from" AS TIMESTAMP) AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || '}' AS "row"
FROM (
  SELECT
    "available_at",
    "customer_id",
    "segment",
    "valid_from",
    ROW_NUMBER() OVER (
      PARTITION BY "customer_segments"."customer_id"
      ORDER BY "customer_segments"."valid_from" DESC, "customer_segments"."available_at" DESC
    ) AS "_version"
  FROM (
    SELECT
      "available_at",
      "customer_id",
      "segment",
      "valid_from"
    FROM "gold"."customer_segments"
    WHERE
      "org_id" = $1
  ) AS "customer_segments"
  WHERE
    "customer_segments"."customer_id" = ANY(CAST($2 AS BIGINT[]))
) AS "customer_segments"
WHERE
  "_version" = 1
-- $1 = 'acme'
-- $2 = [84, 98]

SELECT
  CAST(TO_JSON(CAST("customer_segments"."customer_id" AS TEXT)) AS TEXT) || CHR(31) || '{"segment":' || COALESCE(CAST(TO_JSON("customer_segments"."segment") AS TEXT), 'null') || ',"validFrom":' || COALESCE(
    '"' || CAST(REPLACE(CAST(CAST("customer_segments"."valid_from" AS TIMESTAMP) AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || '}' AS "row"
FROM (
  SELECT
    "available_at",
    "customer_id",
    "segment",
    "valid_from",
    ROW_NUMBER() OVER (
      PARTITION BY "customer_segments"."customer_id"
      ORDER BY "customer_segments"."valid_from" DESC, "customer_segments"."available_at" DESC
    ) AS "_version"
  FROM (
    SELECT
      "available_at",
      "customer_id",
      "segment",
      "valid_from"
    FROM "gold"."customer_segments"
    WHERE
      "org_id" = $1
  ) AS "customer_segments"
  WHERE
    "customer_segments"."customer_id" = ANY(CAST($2 AS BIGINT[]))
    AND CAST("customer_segments"."valid_from" AS TIMESTAMP) <= $3
    AND CAST("customer_segments"."available_at" AS TIMESTAMP) <= $3
) AS "customer_segments"
WHERE
  "_version" = 1
-- $1 = 'acme'
-- $2 = [84, 98]
-- $3 = datetime.datetime(2025, 2, 6, 0, 0)

SELECT
  CAST(TO_JSON(CAST("customer_segments"."customer_id" AS TEXT)) AS TEXT) || CHR(31) || '{"segment":' || COALESCE(CAST(TO_JSON("customer_segments"."segment") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "available_at",
    "customer_id",
    "segment",
    "valid_from",
    ROW_NUMBER() OVER (
      PARTITION BY "customer_segments"."customer_id"
      ORDER BY "customer_segments"."valid_from" DESC, "customer_segments"."available_at" DESC
    ) AS "_version"
  FROM (
    SELECT
      "available_at",
      "customer_id",
      "segment",
      "valid_from"
    FROM "gold"."customer_segments"
    WHERE
      "org_id" = $1
  ) AS "customer_segments"
  WHERE
    "customer_segments"."customer_id" = ANY(CAST($2 AS BIGINT[]))
    AND CAST("customer_segments"."valid_from" AS TIMESTAMP) <= $3
    AND CAST("customer_segments"."available_at" AS TIMESTAMP) <= $3
) AS "customer_segments"
WHERE
  "_version" = 1
-- $1 = 'acme'
-- $2 = [84, 98]
-- $3 = datetime.datetime(1999, 1, 1, 0, 0)
