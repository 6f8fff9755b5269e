"""The yardstick of the refresh in SQL: the same figures as one hand-written script per database,
plainer in details.

Left out: the shop's own curve for one-time buyers (180 and 365 days here), hysteresis, capped
single orders, parents of small price categories.
"""

from __future__ import annotations

_DAY = {
    "postgresql": "((placed_at AT TIME ZONE 'Europe/Copenhagen')::date - date '1970-01-01')",
    "sqlite": "CAST(julianday(date(placed_at, '+1 hour')) - 2440587.5 AS integer)",
}
_AGE = {
    "postgresql": "extract(epoch FROM timestamptz '2026-11-24 11:00+00' - l.placed_at) / 86400",
    "sqlite": "julianday('2026-11-24 11:00') - julianday(l.placed_at)",
}
_TODAY = 20_781  # 2026-11-24 as days since 1970

_STATEMENTS = """
CREATE TEMPORARY TABLE b_days AS
SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
FROM (SELECT DISTINCT customer_id, {day} AS day FROM cdp_order
      WHERE counts_as = 1 AND customer_id IS NOT NULL) AS d;

CREATE TEMPORARY TABLE b_gaps AS
SELECT customer_id, gap,
       row_number() OVER (PARTITION BY customer_id ORDER BY gap) AS place,
       count(*) OVER (PARTITION BY customer_id) AS many
FROM (SELECT customer_id, gap,
             row_number() OVER (PARTITION BY customer_id ORDER BY day DESC) AS back
      FROM b_days WHERE gap > 3) AS g
WHERE back <= 8;

CREATE TEMPORARY TABLE b_cadence AS
SELECT g.customer_id, m.cadence, max(g.many) AS gap_count,
       sqrt(avg((ln(g.gap) - ln(m.cadence)) * (ln(g.gap) - ln(m.cadence)))) AS spread
FROM b_gaps AS g
JOIN (SELECT customer_id, avg(gap) AS cadence FROM b_gaps
      WHERE place IN ((many + 1) / 2, (many + 2) / 2) GROUP BY customer_id) AS m
  ON m.customer_id = g.customer_id
GROUP BY g.customer_id, m.cadence;

CREATE TEMPORARY TABLE b_totals AS
SELECT customer_id,
       count(CASE WHEN counts_as = 1 THEN 1 END) AS order_count,
       count(CASE WHEN counts_as = 2 THEN 1 END) AS return_count,
       sum(amount) AS revenue,
       min(CASE WHEN counts_as = 1 THEN placed_at END) AS first_order_at,
       max(CASE WHEN counts_as = 1 THEN placed_at END) AS last_order_at,
       min(CASE WHEN counts_as = 1 THEN {day} END) AS first_day,
       max(CASE WHEN counts_as = 1 THEN {day} END) AS last_day
FROM cdp_order WHERE counts_as > 0 AND customer_id IS NOT NULL GROUP BY customer_id;

CREATE TEMPORARY TABLE b_norms AS
SELECT pc.category_id,
       sum({units} * ln(l.unit_price)) / sum({units}) AS mean
FROM cdp_orderline AS l JOIN cdp_productcategory AS pc ON pc.product_id = l.product_id
WHERE l.purchased_quantity > 0 AND l.unit_price > 0 AND pc.distance = 0 GROUP BY pc.category_id;

CREATE TEMPORARY TABLE b_prices AS
SELECT customer_id, exp(sum(w * (price - mean)) / (sum(w) + 3)) AS price_index,
       sum(saved) / sum(regular) AS saved
FROM (SELECT l.customer_id, ln(l.unit_price) AS price, n.mean, l.discount * 1.0 AS saved,
             l.unit_price * 1.0 * l.purchased_quantity AS regular,
             {least}(l.purchased_quantity, 3) * power(0.5, ({age}) / 730) AS w
      FROM cdp_orderline AS l
      JOIN cdp_productcategory AS pc ON pc.product_id = l.product_id AND pc.distance = 0
      JOIN b_norms AS n ON n.category_id = pc.category_id
      WHERE l.purchased_quantity > 0 AND l.unit_price > 0 AND l.customer_id IS NOT NULL) AS p
GROUP BY customer_id;

CREATE TEMPORARY TABLE b_events AS
SELECT customer_id, max(occurred_at) AS last_activity_at FROM cdp_event GROUP BY customer_id;

CREATE TEMPORARY TABLE b_paces AS
SELECT t.*, c.cadence, c.gap_count, c.spread, {today} - t.last_day AS silence,
       CASE WHEN c.cadence IS NULL THEN 180
            ELSE {greatest}(CASE WHEN c.gap_count < 4 THEN 30 ELSE 14 END,
                 {least}(c.cadence, 540) * {least}({greatest}(exp(0.84 * c.spread), 1.25), 2.0))
       END AS slip
FROM b_totals AS t LEFT JOIN b_cadence AS c ON c.customer_id = t.customer_id
WHERE t.order_count > 0;

CREATE TEMPORARY TABLE b_ranks AS
SELECT customer_id, percent_rank() OVER (ORDER BY order_count + pace) AS orders_rank,
       percent_rank() OVER (ORDER BY revenue + pace * (revenue / order_count)) AS value_rank
FROM (SELECT customer_id, order_count, revenue * 1.0 AS revenue, 365.0 * order_count /
             (last_day - first_day + {least}(silence, slip) + 92) AS pace
      FROM b_paces WHERE order_count > 1) AS p;

CREATE TEMPORARY TABLE b_statistics AS
SELECT c.id, t.order_count, t.return_count, t.revenue, t.first_order_at, t.last_order_at,
       p.saved, e.last_activity_at, c.country, c.region_key, c.city_key, c.language,
       c.registered_at, c.bucket, c.email_consent
FROM cdp_customer AS c
LEFT JOIN b_totals AS t ON t.customer_id = c.id
LEFT JOIN b_prices AS p ON p.customer_id = c.id
LEFT JOIN b_events AS e ON e.customer_id = c.id
WHERE c.erased_at IS NULL;

CREATE TEMPORARY TABLE b_classification AS
SELECT p.customer_id, p.cadence, p.slip,
       CASE WHEN silence <= {least}(30, slip) THEN 'just_ordered'
            WHEN silence <= slip THEN 'active'
            WHEN silence <= {greatest}(90, 2 * slip) THEN 'slipping_away'
            ELSE 'lost' END AS life_cycle,
       CASE WHEN p.order_count = 1 THEN 'one_time'
            WHEN {least}(r.orders_rank, r.value_rank) >= 0.85 THEN 'vip'
            WHEN r.orders_rank >= 0.6 THEN 'frequent' ELSE 'loyal' END AS importance,
       CASE WHEN x.price_index <= 0.85 THEN 'cheaper'
            WHEN x.price_index >= 1.15 THEN 'expensive' ELSE 'average' END AS price_sensitivity
FROM b_paces AS p LEFT JOIN b_ranks AS r ON r.customer_id = p.customer_id
LEFT JOIN b_prices AS x ON x.customer_id = p.customer_id
"""


def statements(vendor: str) -> list[str]:
    """Return the statements for this database, in order."""
    least, greatest = ("min", "max") if vendor == "sqlite" else ("least", "greatest")
    text = _STATEMENTS.format(
        day=_DAY[vendor],
        age=_AGE[vendor],
        least=least,
        greatest=greatest,
        today=_TODAY,
        units=f"{least}(l.purchased_quantity, 3)",
    )
    return [part.strip() for part in text.split(";")]


def tables() -> list[str]:
    """Return the names of the temporary tables."""
    names = "days gaps cadence totals norms prices events paces ranks statistics classification"
    return [f"b_{name}" for name in names.split()]
