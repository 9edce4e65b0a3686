SELECT
  CAST(TO_JSON("countries"."code") AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("countries"."name") AS TEXT), 'null') || ',"population":' || COALESCE(CAST("countries"."population" AS TEXT), 'null') || '}' || CHR(31) || '{"code":' || COALESCE(CAST(TO_JSON("countries"."code") AS TEXT), 'null') || ',"name":' || COALESCE(CAST(TO_JSON("countries"."name") AS TEXT), 'null') || ',"region":' || COALESCE(CAST(TO_JSON("countries"."region") AS TEXT), 'null') || ',"currency":' || COALESCE(CAST(TO_JSON("countries"."currency") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "code",
    "currency",
    "name",
    "population",
    "region"
  FROM "gold"."countries"
) AS "countries"
WHERE
  "countries"."code" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['DE', 'FR', 'XX']
