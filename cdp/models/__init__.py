"""The record of what the shop told us."""

from cdp.models.audit import AuditAction, AuditEntry, AuditLogIsClosed
from cdp.models.cart import Cart, CartLine, Event
from cdp.models.consent import Channel, Consent, ConsentChoice, ConsentEvent, Purpose
from cdp.models.customer import (
    BUCKETS,
    ConsentFlag,
    Customer,
    CustomerChange,
    CustomerField,
    CustomerFieldValue,
    CustomerGroup,
    CustomerGroupMember,
    CustomerIdentity,
    CustomerTag,
    Tag,
)
from cdp.models.desk import CustomerSelection, SavedView, SelectedCustomer
from cdp.models.imports import ImportColumn, ImportKind, ImportNote, ImportRun, Upload
from cdp.models.job import LIVE_STATES, DailyRun, Heartbeat, Job, JobRejection, JobState
from cdp.models.order import PAID_STATUSES, CountsAs, Order, OrderLine, OrderStatus, Refund
from cdp.models.product import PATH_SEPARATOR, Category, Product, ProductAttribute, ProductCategory
from cdp.models.shop import ExchangeRate, Inbound, Shop
from cdp.models.user import User

__all__ = [
    "BUCKETS",
    "LIVE_STATES",
    "PAID_STATUSES",
    "PATH_SEPARATOR",
    "AuditAction",
    "AuditEntry",
    "AuditLogIsClosed",
    "Cart",
    "CartLine",
    "Category",
    "Channel",
    "Consent",
    "ConsentChoice",
    "ConsentEvent",
    "ConsentFlag",
    "CountsAs",
    "Customer",
    "CustomerChange",
    "CustomerField",
    "CustomerFieldValue",
    "CustomerGroup",
    "CustomerGroupMember",
    "CustomerIdentity",
    "CustomerSelection",
    "CustomerTag",
    "DailyRun",
    "Event",
    "ExchangeRate",
    "Heartbeat",
    "ImportColumn",
    "ImportKind",
    "ImportNote",
    "ImportRun",
    "Inbound",
    "Job",
    "JobRejection",
    "JobState",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Product",
    "ProductAttribute",
    "ProductCategory",
    "Purpose",
    "Refund",
    "SavedView",
    "SelectedCustomer",
    "Shop",
    "Tag",
    "Upload",
    "User",
]
