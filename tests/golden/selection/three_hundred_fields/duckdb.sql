WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    SUM("orders"."cost") AS "sum_cost",
    COUNT(*) AS "count",
    COUNT("orders"."net_amount") AS "count_net_amount",
    COUNT(*) FILTER(WHERE
      "orders"."is_first_order") AS "count_where_is_first_order",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id"
  FROM (
    SELECT
      "cost",
      "customer_id",
      "is_first_order",
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
), traffic_rows AS (
  SELECT
    SUM("traffic"."sessions") AS "sum_traffic_sessions",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
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
), merged AS (
  SELECT
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("sum_cost") AS "sum_cost",
    SUM("count") AS "count",
    SUM("count_net_amount") AS "count_net_amount",
    SUM("count_where_is_first_order") AS "count_where_is_first_order",
    MAX("count_distinct_customer_id") AS "count_distinct_customer_id",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "sum_net_amount",
      "sum_cost",
      "count",
      "count_net_amount",
      "count_where_is_first_order",
      "count_distinct_customer_id",
      NULL AS "sum_traffic_sessions",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions"
    FROM orders_rows
    UNION ALL
    SELECT
      NULL AS "sum_net_amount",
      NULL AS "sum_cost",
      NULL AS "count",
      NULL AS "count_net_amount",
      NULL AS "count_where_is_first_order",
      NULL AS "count_distinct_customer_id",
      "sum_traffic_sessions",
      "sum_traffic_clicks",
      "sum_traffic_impressions"
    FROM traffic_rows
  ) AS stacked
), result AS (
  SELECT
    "sum_net_amount" AS "revenue",
    "sum_cost" AS "cost",
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
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
    CAST(COALESCE("count_where_is_first_order", 0) AS BIGINT) AS "new_customer_count",
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST(COALESCE("count", 0) AS DOUBLE) / NULLIF(CAST("sum_traffic_sessions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "conversion_rate",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate"
  FROM merged
)
SELECT
  (
    (
      '{"f000":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f001":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f002":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f003":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f004":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f005":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f006":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f007":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f008":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f009":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f010":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f011":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f012":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f013":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f014":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f015":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f016":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f017":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f018":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f019":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f020":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f021":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f022":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f023":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f024":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f025":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f026":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f027":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f028":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f029":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f030":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f031":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f032":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f033":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f034":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f035":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f036":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f037":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f038":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f039":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f040":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f041":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f042":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f043":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f044":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f045":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f046":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f047":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f048":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f049":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f050":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f051":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f052":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f053":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f054":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f055":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f056":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f057":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f058":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f059":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f060":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f061":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f062":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f063":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f064":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f065":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f066":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f067":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f068":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f069":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f070":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f071":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f072":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f073":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f074":' || COALESCE(CAST("average_order_value" AS TEXT), 'null')
    ) || (
      ',"f075":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f076":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f077":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f078":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f079":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f080":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f081":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f082":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f083":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f084":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f085":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f086":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f087":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f088":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f089":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f090":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f091":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f092":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f093":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f094":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f095":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f096":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f097":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f098":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f099":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f100":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f101":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f102":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f103":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f104":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f105":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f106":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f107":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f108":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f109":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f110":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f111":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f112":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f113":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f114":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f115":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f116":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f117":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f118":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f119":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f120":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f121":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f122":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f123":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f124":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f125":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f126":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f127":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f128":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f129":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f130":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f131":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f132":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f133":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f134":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f135":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f136":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f137":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f138":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f139":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f140":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f141":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f142":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f143":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f144":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f145":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f146":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f147":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f148":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f149":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null')
    )
  ) || (
    (
      ',"f150":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f151":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f152":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f153":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f154":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f155":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f156":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f157":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f158":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f159":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f160":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f161":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f162":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f163":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f164":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f165":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f166":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f167":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f168":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f169":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f170":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f171":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f172":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f173":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f174":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f175":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f176":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f177":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f178":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f179":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f180":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f181":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f182":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f183":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f184":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f185":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f186":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f187":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f188":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f189":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f190":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f191":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f192":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f193":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f194":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f195":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f196":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f197":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f198":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f199":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f200":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f201":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f202":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f203":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f204":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f205":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f206":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f207":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f208":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f209":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f210":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f211":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f212":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f213":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f214":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f215":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f216":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f217":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f218":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f219":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f220":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f221":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f222":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f223":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f224":' || COALESCE(CAST("average_order_value" AS TEXT), 'null')
    ) || (
      ',"f225":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f226":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f227":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f228":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f229":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f230":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f231":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f232":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f233":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f234":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f235":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f236":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f237":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f238":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f239":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f240":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f241":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f242":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f243":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f244":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f245":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f246":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f247":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f248":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f249":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f250":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f251":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f252":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f253":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f254":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f255":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f256":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f257":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f258":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f259":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f260":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f261":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f262":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f263":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f264":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f265":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f266":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f267":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f268":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f269":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f270":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f271":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f272":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f273":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f274":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f275":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f276":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f277":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f278":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f279":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f280":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f281":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f282":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f283":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f284":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f285":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f286":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f287":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f288":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f289":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"f290":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"f291":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"f292":' || COALESCE(CAST("gross_margin" AS TEXT), 'null') || ',"f293":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"f294":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || ',"f295":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || ',"f296":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"f297":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"f298":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"f299":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
    )
  )
FROM result
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
