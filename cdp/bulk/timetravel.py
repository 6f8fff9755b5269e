"""Looking at the record as it was known at a past moment, without copying or locking it.

A temporary view of this connection takes the name of a fact table and shows only what was known
by then, so every queryset works unchanged. Profiles, tags, groups and custom fields carry no
history: they are shown as they are today.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from cdp.bulk.staging import columns_of, quote, sqlite_moment
from cdp.models import (
    Cart,
    CartLine,
    Consent,
    ConsentEvent,
    Customer,
    Event,
    ExchangeRate,
    Order,
    OrderLine,
    Refund,
    Shop,
)
from cdp.models.consent import FLAG_PURPOSES


class _Past:
    """Writes the views for one connection and one moment."""

    def __init__(self, connection: BaseDatabaseWrapper, moment: datetime) -> None:
        self.connection = connection
        on_sqlite = connection.vendor == "sqlite"
        text = sqlite_moment(moment) if on_sqlite else moment.isoformat()
        self.moment = f"'{text}'" if on_sqlite else f"TIMESTAMPTZ '{text}'"
        self.permanent = _schema(connection)

    def table(self, model: type[models.Model]) -> str:
        """Return the permanent table of a model, whatever temporary things share its name."""
        return f"{self.permanent}.{quote(self.connection, model._meta.db_table)}"

    def view(
        self, model: type[models.Model], *, where: str, replaced: Mapping[str, str], joins: str = ""
    ) -> str:
        """Return the statement that shadows `model`; its row is `r`, replaced columns are SQL."""
        columns = ", ".join(
            f"{replaced.get(column, f'r.{name}')} AS {name}"
            for column in (str(field.column) for field in model._meta.concrete_fields)
            for name in (quote(self.connection, column),)
        )
        name = quote(self.connection, model._meta.db_table)
        return (
            f"CREATE TEMPORARY VIEW {name} AS SELECT {columns} "
            f"FROM {self.table(model)} AS r {joins} WHERE {where}"
        )

    def refunds_since(self) -> str:
        """Return a join that gives `later.total`: what was refunded after the moment."""
        return (
            f"LEFT JOIN (SELECT order_id, SUM(total) AS total FROM {self.table(Refund)} "
            f"WHERE refunded_at >= {self.moment} GROUP BY order_id) AS later "
            "ON later.order_id = r.id"
        )

    def orders(self) -> str:
        """Return the view of orders: cancellations and refunds of later are undone."""
        rate = (
            f"CASE WHEN r.currency = (SELECT currency FROM {self.table(Shop)}) THEN 1 ELSE "
            f"(SELECT x.rate FROM {self.table(ExchangeRate)} AS x WHERE x.currency = r.currency "
            f"AND x.valid_from <= DATE(r.placed_at) ORDER BY x.valid_from DESC LIMIT 1) END"
        )
        refunded = "(r.refunded - COALESCE(later.total, 0))"
        status = (
            f"CASE WHEN r.cancelled_at >= {self.moment} THEN 'paid' "
            f"WHEN later.total IS NOT NULL AND r.status IN ('refunded', 'partially_refunded') THEN "
            f"CASE WHEN {refunded} > 0 THEN 'partially_refunded' ELSE 'paid' END ELSE r.status END"
        )
        return self.view(
            Order,
            where=f"r.placed_at < {self.moment}",
            joins=self.refunds_since(),
            replaced={
                "status": status,
                "cancelled_at": f"CASE WHEN r.cancelled_at < {self.moment} THEN r.cancelled_at END",
                "refunded": refunded,
                "amount": (
                    "CASE WHEN later.total IS NULL THEN r.amount "
                    f"ELSE CAST(ROUND((r.total - {refunded}) * {rate}) AS bigint) END"
                ),
                "counts_as": (
                    f"CASE WHEN r.total > 0 AND {status} IN ('paid', 'fulfilled', "
                    "'partially_refunded') THEN 1 "
                    f"WHEN r.total < 0 AND {status} NOT IN ('pending', 'cancelled') THEN 2 "
                    "ELSE 0 END"
                ),
            },
        )

    def lines(self) -> str:
        """Return the view of order lines: those of orders voided later count as purchases again."""
        voided_later = (
            f"EXISTS (SELECT 1 FROM {self.table(Order)} AS o WHERE o.id = r.order_id "
            f"AND o.total > 0 AND (o.cancelled_at >= {self.moment} OR (o.status = 'refunded' "
            f"AND EXISTS (SELECT 1 FROM {self.table(Refund)} AS f WHERE f.order_id = o.id "
            f"AND f.refunded_at >= {self.moment}))))"
        )
        return self.view(
            OrderLine,
            where=f"r.placed_at < {self.moment}",
            replaced={
                "purchased_quantity": (
                    "CASE WHEN r.purchased_quantity > 0 OR r.quantity <= 0 "
                    "THEN r.purchased_quantity "
                    f"WHEN {voided_later} THEN r.quantity ELSE 0 END"
                )
            },
        )

    def latest_consents(self) -> str:
        """Return a subquery with the latest consent event of each customer, purpose and channel."""
        return (
            "SELECT id, customer_id, purpose, channel, choice, occurred_at FROM (SELECT c.*, "
            "ROW_NUMBER() OVER (PARTITION BY c.customer_id, c.purpose, c.channel ORDER BY "
            "c.occurred_at DESC, CASE c.choice WHEN 'withdrawn' THEN 0 ELSE 1 END, c.id) AS place "
            f"FROM {self.table(ConsentEvent)} AS c WHERE c.occurred_at < {self.moment}) AS placed "
            "WHERE place = 1"
        )

    def customers(self) -> str:
        """Return the view of customers known by then, with the consent flags of then."""
        flags = ", ".join(
            f"MAX(CASE WHEN purpose = '{purpose}' THEN "
            f"CASE choice WHEN 'granted' THEN 1 ELSE -1 END END) AS {column}"
            for column, purpose in FLAG_PURPOSES.items()
        )
        return self.view(
            Customer,
            where=(
                f"r.registered_at IS NULL OR r.registered_at < {self.moment} OR EXISTS "
                f"(SELECT 1 FROM {self.table(Order)} AS o WHERE o.customer_id = r.id "
                f"AND o.placed_at < {self.moment})"
            ),
            joins=(
                f"LEFT JOIN (SELECT customer_id, {flags} FROM ({self.latest_consents()}) AS latest "
                "GROUP BY customer_id) AS flags ON flags.customer_id = r.id"
            ),
            replaced={column: f"COALESCE(flags.{column}, 0)" for column in FLAG_PURPOSES},
        )

    def consents(self) -> str:
        """Return the view of current consents, folded from the ledger up to the moment."""
        name = quote(self.connection, Consent._meta.db_table)
        return (
            f"CREATE TEMPORARY VIEW {name} AS SELECT id, purpose, channel, choice AS state, "
            f"occurred_at AS since, customer_id FROM ({self.latest_consents()}) AS latest"
        )

    def carts(self) -> str:
        """Return the view of carts: abandoned or recovered later means not yet."""
        recovered = (
            f"EXISTS (SELECT 1 FROM {self.table(Order)} AS o WHERE o.id = r.recovered_order_id "
            f"AND o.placed_at < {self.moment})"
        )
        return self.view(
            Cart,
            where=f"r.started_at < {self.moment}",
            replaced={
                "abandoned_at": f"CASE WHEN r.abandoned_at < {self.moment} THEN r.abandoned_at END",
                "recovered_order_id": f"CASE WHEN {recovered} THEN r.recovered_order_id END",
            },
        )

    def statements(self) -> dict[type[models.Model], str]:
        """Return the statement that shadows each fact table."""

        def before(model: type[models.Model], column: str) -> str:
            return self.view(model, where=f"r.{column} < {self.moment}", replaced={})

        cart_lines = self.view(
            CartLine,
            where=(
                f"EXISTS (SELECT 1 FROM {self.table(Cart)} AS c WHERE c.id = r.cart_id "
                f"AND c.started_at < {self.moment})"
            ),
            replaced={},
        )
        return {
            Customer: self.customers(),
            Order: self.orders(),
            OrderLine: self.lines(),
            Refund: before(Refund, "refunded_at"),
            Cart: self.carts(),
            CartLine: cart_lines,
            Event: before(Event, "occurred_at"),
            ConsentEvent: before(ConsentEvent, "occurred_at"),
            Consent: self.consents(),
        }


def _schema(connection: BaseDatabaseWrapper) -> str:
    """Return the name of the schema that holds the permanent tables."""
    if connection.vendor == "sqlite":
        return "main"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return quote(connection, cursor.fetchone()[0])


@contextmanager
def known_at(moment: datetime, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Show this connection only the facts known before the aware `moment`, read only."""
    connection = connections[using]
    statements = _Past(connection, moment).statements()
    try:
        with connection.cursor() as cursor:
            for statement in statements.values():
                cursor.execute(statement)
        yield
    finally:
        _drop("VIEW", statements, connection)


@contextmanager
def only_before(
    model: type[models.Model], field: str, moment: datetime, *, using: str = DEFAULT_DB_ALIAS
) -> Iterator[None]:
    """Show this connection only the rows of `model` whose `field` lies before `moment`."""
    connection = connections[using]
    past = _Past(connection, moment)
    column = quote(connection, columns_of(model, [field])[0].column)
    statement = past.view(model, where=f"r.{column} < {past.moment}", replaced={})
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        yield
    finally:
        _drop("VIEW", (model,), connection)


@contextmanager
def scratch(*shadowed: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Give this connection empty private tables in place of those of the named models."""
    connection = connections[using]
    try:
        with connection.cursor() as cursor:
            for model in shadowed:
                for statement in _scratch_statements(model, connection):
                    cursor.execute(statement)
        yield
    finally:
        _drop("TABLE", shadowed, connection)


def _scratch_statements(model: type[models.Model], connection: BaseDatabaseWrapper) -> list[str]:
    table = model._meta.db_table
    name = quote(connection, table)
    if connection.vendor == "postgresql":
        return [f"CREATE TEMPORARY TABLE {name} (LIKE {_schema(connection)}.{name} INCLUDING ALL)"]
    # Left without foreign keys: they would look for their targets among temporary tables.
    columns = ", ".join(
        f"{quote(connection, field.column)} {field.db_type(connection)}"
        + (" PRIMARY KEY" if field.primary_key else "" if field.null else " NOT NULL")
        for field in model._meta.concrete_fields
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM main.sqlite_master "
            "WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL",
            [table],
        )
        indexes = [
            re.sub(r"INDEX (\S+) ON", r"INDEX temp.\1 ON", row[0], count=1)
            for row in cursor.fetchall()
        ]
    return [f"CREATE TEMPORARY TABLE {name} ({columns})", *indexes]


def _drop(
    what: str,
    shadowed: Mapping[type[models.Model], str] | tuple[type[models.Model], ...],
    connection: BaseDatabaseWrapper,
) -> None:
    if connection.needs_rollback:
        return  # The rollback takes the temporary objects with it.
    schema = "temp" if connection.vendor == "sqlite" else "pg_temp"
    with connection.cursor() as cursor:
        for model in shadowed:
            cursor.execute(
                f"DROP {what} IF EXISTS {schema}.{quote(connection, model._meta.db_table)}"
            )
