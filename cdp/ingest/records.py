"""What a row of each kind of file may say: the fields, their types, and the headers they go by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.models import ImportKind

FIELD_PREFIX = "field:"


def header_key(header: str) -> str:
    """Return the form under which headers are compared: 'Order No.' and 'order_no' are the same."""
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


@dataclass(frozen=True)
class Field:
    """One field of a record. `type` names a reader in `cdp.ingest.values`; synonyms are header
    keys.

    A value of a soft field that cannot be read is left out and noted; any other rejects its row.
    """

    name: str
    type: str
    synonyms: str = ""
    label: str | Promise = ""
    limit: int = 190
    is_soft: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header key this field goes by, its own name first."""
        return (self.name, *self.synonyms.split())

    @property
    def words(self) -> str:
        """How a message names the field, in the language of its reader."""
        return str(self.label) or gettext(self.name.replace("_", " "))


@dataclass(frozen=True)
class Record:
    """One kind of file. Of each group in `needs` at least one column must be there."""

    kind: ImportKind
    fields: tuple[Field, ...]
    needs: tuple[tuple[str, ...], ...]
    extras: str = ""

    def field(self, name: str) -> Field | None:
        """Return the field of this name."""
        return next((item for item in self.fields if item.name == name), None)


def _text(name: str, synonyms: str = "", *, limit: int = 190, label: str | Promise = "") -> Field:
    return Field(name, "text", synonyms, label, limit)


def _id(name: str, synonyms: str = "", *, label: str | Promise = "") -> Field:
    return Field(name, "id", synonyms, label)


def _moment(
    name: str, synonyms: str = "", label: str | Promise = "", *, is_soft: bool = False
) -> Field:
    return Field(name, "moment", synonyms, label, is_soft=is_soft)


def _money(name: str, synonyms: str = "", label: str | Promise = "") -> Field:
    return Field(name, "money", synonyms, label)


CUSTOMER_ID = (
    "customer customer_no customer_number customer_nr client_id user_id shopper_id kundennummer "
    "kundennr kunden_nr kunden_id kundenummer kundenr kunde_id id_cliente codice_cliente"
)
EMAIL = (
    "e_mail mail email_address e_mail_address customer_email email_billing billing_email "
    "e_mail_adresse email_adresse mailadresse indirizzo_email"
)
ORDER_ID = (
    "order order_no order_number order_nr order_name increment_id order_increment_id "
    "order_reference "
    "basket_id bestellnummer bestellnr auftragsnummer ordrenummer ordrenr numero_ordine id_ordine"
)
PRODUCT_ID = (
    "product product_no product_number item_id item_no article_no article_number stock_code "
    "variant_id artikelnummer artikelnr produktnummer varenummer varenr codice_prodotto"
)
UPDATED = _moment(
    "updated_at", "modified_at last_modified date_modified updated changed_at", is_soft=True
)
COUNTRY_WORDS = (
    "country_code country_name country_id billing_country shipping_country "
    "default_address_country_code default_address_country country_billing country_code_billing "
    "land paese"
)

CUSTOMERS = Record(
    ImportKind.CUSTOMERS,
    (
        _id("customer_id", CUSTOMER_ID + " id external_id"),
        Field("email", "email", EMAIL, _("e-mail address"), is_soft=True),
        Field(
            "phone",
            "raw",
            "phone_number telephone mobile tel phone_billing default_address_phone telefon "
            "telefonnummer mobil handy telefono cellulare",
        ),
        _text(
            "first_name",
            "firstname given_name first_name_billing forename vorname fornavn nome",
            limit=120,
        ),
        _text(
            "last_name",
            "lastname surname family_name last_name_billing nachname efternavn cognome",
            limit=120,
        ),
        _text("name", "full_name customer_name navn fulde_navn", limit=240),
        Field(
            "language",
            "language",
            "locale lang language_code sprache sprog lingua",
            limit=12,
            is_soft=True,
        ),
        Field("country", "country", COUNTRY_WORDS, is_soft=True),
        _text(
            "region", "state province county region_name default_address_province_code", limit=120
        ),
        _text(
            "city",
            "town default_address_city city_billing billing_city ort stadt by citta città",
            limit=120,
        ),
        _text(
            "postal_code",
            "postcode zip zip_code default_address_zip postcode_billing billing_zip plz "
            "postleitzahl postnummer postnr cap",
            limit=20,
        ),
        _moment(
            "registered_at",
            "created_at registered created date_created signup_date registration_date "
            "date_registered angelegt_am registriert_am oprettet data_registrazione",
            _("registration date"),
            is_soft=True,
        ),
        UPDATED,
        Field("tags", "labels", "tag customer_tags"),
        Field("groups", "labels", "group customer_group customer_groups group_name"),
        Field(
            "email_consent",
            "flag",
            "accepts_marketing accepts_email_marketing newsletter subscribed is_subscribed "
            "email_marketing marketing_consent opt_in newsletter_subscribed",
            is_soft=True,
        ),
        _moment(
            "email_consent_at",
            "accepts_marketing_updated_at consent_updated_at subscribed_at opt_in_at newsletter_at",
            is_soft=True,
        ),
        Field(
            "sms_consent", "flag", "accepts_sms_marketing sms_marketing sms_opt_in", is_soft=True
        ),
        _moment("sms_consent_at", "sms_opt_in_at", is_soft=True),
        Field("ads_consent", "flag", "accepts_ads ads_opt_in", is_soft=True),
        _moment("ads_consent_at", is_soft=True),
        Field("profiling_consent", "flag", "accepts_profiling", is_soft=True),
        _moment("profiling_consent_at", is_soft=True),
    ),
    (("customer_id", "email"),),
    extras="fields",
)

PRODUCTS = Record(
    ImportKind.PRODUCTS,
    (
        _id("product_id", PRODUCT_ID + " id external_id handle entity_id"),
        _text("sku", "product_sku item_sku variant_sku", limit=120),
        _text(
            "name",
            "title product_name product_title item_name bezeichnung produktnavn nome_prodotto",
            limit=300,
        ),
        _text(
            "brand", "vendor manufacturer brand_name make marke hersteller mærke marca", limit=120
        ),
        _text("department", "main_category", limit=900),
        _text(
            "category",
            "categories category_path product_type product_category type "
            "kategorie kategori categoria",
            limit=3000,
        ),
        _text("subcategory", "sub_category", limit=900),
        _money("price", "sale_price current_price variant_price special_price preis pris prezzo"),
        _money("list_price", "regular_price msrp rrp compare_at_price variant_compare_at_price"),
        Field("available", "flag", "is_available in_stock availability is_in_stock", is_soft=True),
        _text("image_url", "image image_link image_src picture thumbnail", limit=1000),
        _text("page_url", "url link product_url permalink", limit=1000),
        _moment("first_seen_at", "created_at created date_created launched_at", is_soft=True),
        UPDATED,
    ),
    (("product_id", "sku"),),
    extras="attributes",
)

ORDERS = Record(
    ImportKind.ORDERS,
    (
        _id("order_id", ORDER_ID + " id name external_id number"),
        _id("customer_id", CUSTOMER_ID),
        Field("email", "email", EMAIL, _("e-mail address"), is_soft=True),
        Field(
            "placed_at",
            "past",
            "ordered_at order_date created_at date placed created date_created order_time "
            "ordered_on "
            "purchase_date bestelldatum auftragsdatum ordredato data_ordine",
            _("order date"),
        ),
        _money(
            "total",
            "grand_total total_price order_total order_total_amount amount total_amount total_paid "
            "gesamtbetrag gesamtsumme summe umsatz beløb total_beløb totale importo",
            _("order total"),
        ),
        Field("status", "raw", "order_status state financial_status", _("order status")),
        Field(
            "currency",
            "currency",
            "currency_code order_currency order_currency_code währung waehrung valuta",
        ),
        _money("discount", "discount_amount discount_total total_discounts cart_discount_amount"),
        _money("shipping", "shipping_amount shipping_total shipping_cost order_shipping_amount"),
        _money("tax", "tax_amount taxes tax_total total_tax vat order_total_tax_amount"),
        _money("refunded", "refunded_amount refund_amount total_refunded order_refund_amount"),
        _moment("cancelled_at", "canceled_at cancelled_on", is_soft=True),
        _text("channel", "sales_channel store source_name order_channel", limit=60),
        Field("country", "country", COUNTRY_WORDS, is_soft=True),
        UPDATED,
    ),
    (("order_id",), ("placed_at",), ("total",)),
)

ORDER_LINES = Record(
    ImportKind.ORDER_LINES,
    (
        _id("order_id", ORDER_ID),
        _id("line_id", "id order_line_id order_item_id line_item_id external_id"),
        _id("product_id", PRODUCT_ID),
        _text("sku", "product_sku item_sku lineitem_sku", limit=120),
        _text("product_name", "name title item_name lineitem_name product_title", limit=300),
        Field(
            "quantity",
            "quantity",
            "qty qty_ordered count pieces lineitem_quantity menge anzahl antal quantita quantità",
        ),
        _money(
            "unit_price",
            "price item_price price_each lineitem_price item_cost preis "
            "einzelpreis pris stykpris prezzo",
        ),
        _money("list_price", "regular_price original_price lineitem_compare_at_price"),
        _money("discount", "discount_amount line_discount lineitem_discount total_discount"),
        _money("line_total", "total row_total subtotal line_amount line_price item_total"),
    ),
    (("order_id",), ("product_id", "sku", "product_name")),
)

REFUNDS = Record(
    ImportKind.REFUNDS,
    (
        _id("refund_id", "id external_id credit_memo_id refund_number creditmemo"),
        _id("order_id", ORDER_ID),
        Field(
            "refunded_at", "past", "created_at date refund_date refunded created", _("refund date")
        ),
        _money("total", "amount refund_amount refunded_amount refund_total", _("refund amount")),
        UPDATED,
    ),
    (("order_id",), ("refunded_at",), ("total",)),
)

CARTS = Record(
    ImportKind.CARTS,
    (
        _id("cart_id", "cart id external_id checkout_id quote_id token cart_token"),
        _id("customer_id", CUSTOMER_ID),
        Field("email", "email", EMAIL, _("e-mail address"), is_soft=True),
        Field("started_at", "past", "created_at started created date cart_date", _("cart date")),
        Field("abandoned_at", "past", "abandoned", _("date the cart was abandoned")),
        _text("status", "cart_status state"),
        _id("order_id", ORDER_ID + " recovered_order recovered_order_id"),
        Field("currency", "currency", "currency_code"),
        _money("total", "amount value cart_total total_price grand_total", _("cart total")),
        UPDATED,
    ),
    (("cart_id",), ("started_at",)),
)

CART_LINES = Record(
    ImportKind.CART_LINES,
    (
        _id("cart_id", "cart checkout_id quote_id token cart_token"),
        _id("line_id", "id cart_line_id external_id"),
        _id("product_id", PRODUCT_ID),
        _text("sku", "product_sku item_sku", limit=120),
        _text("product_name", "name title item_name", limit=300),
        Field("quantity", "quantity", "qty count pieces"),
        _money("unit_price", "price item_price price_each"),
    ),
    (("cart_id",), ("product_id", "sku", "product_name")),
)

EVENTS = Record(
    ImportKind.EVENTS,
    (
        _id("event_id", "id external_id"),
        _id("customer_id", CUSTOMER_ID),
        Field("email", "email", EMAIL, _("e-mail address"), is_soft=True),
        Field(
            "occurred_at",
            "past",
            "happened_at created_at date timestamp time event_time event_date",
            _("event date"),
        ),
        _id("kind", "event event_type event_name type action", label=_("kind of event")),
        _id("product_id", PRODUCT_ID),
        _text("query", "search search_term search_query", limit=300),
        _text("detail", "details url page page_url value", limit=300),
    ),
    (("customer_id", "email"), ("occurred_at",), ("kind",)),
)

CONSENTS = Record(
    ImportKind.CONSENTS,
    (
        _id("customer_id", CUSTOMER_ID),
        Field("email", "email", EMAIL, _("e-mail address"), is_soft=True),
        _id("purpose", "consent_purpose"),
        _id("channel", "consent_channel type"),
        Field("choice", "flag", "state status consent granted value opt_in", _("consent")),
        Field(
            "occurred_at",
            "past",
            "happened_at date timestamp updated_at created_at changed_at consent_at",
            _("consent date"),
        ),
        _text("proof", "evidence ip note source_detail", limit=300),
    ),
    (("customer_id", "email"), ("purpose", "channel"), ("choice",), ("occurred_at",)),
)

RECORDS: dict[str, Record] = {
    item.kind.value: item
    for item in (
        CUSTOMERS,
        PRODUCTS,
        ORDERS,
        ORDER_LINES,
        REFUNDS,
        CARTS,
        CART_LINES,
        EVENTS,
        CONSENTS,
    )
}
