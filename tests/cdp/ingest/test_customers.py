from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cdp.models import (
    Customer,
    CustomerChange,
    CustomerField,
    CustomerFieldValue,
    CustomerIdentity,
    Order,
)
from tests.cdp.ingest.files import take
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_profile_is_normalised(tmp_path):
    take(
        tmp_path,
        "customers",
        "Customer ID;E-mail;Phone;First Name;Surname;Country;City;Region;Zip;Created;Locale\n"
        "7; Anna@Smørrebrød.DK ;12 34 56 78;Anna;Holm;Denmark;Ærø ;Fyn;5970;01.02.2020;da_DK\n",
    )
    anna = Customer.objects.get()
    assert anna.email == "anna@xn--smrrebrd-64af.dk"
    assert (anna.phone, anna.country, anna.language) == ("+4512345678", "DK", "da-dk")
    assert (anna.city, anna.city_key, anna.region_key) == ("Ærø", "ærø", "fyn")
    assert anna.registered_at == datetime(2020, 2, 1, tzinfo=UTC)
    assert 0 <= anna.bucket < 10_000


def test_second_import_changes_nothing(tmp_path):
    text = (
        "customer_id,email,created_at,tags,customer_group,accepts_marketing,age,since,vip,pet\n"
        '1,a@x.com,2020-01-01,"a, b",Wholesale,yes,35,2020-05-01,yes,cat\n'
        "2,b@x.com,2020-01-02,b,,no,36,2020-05-02,no,dog\n"
    )
    assert take(tmp_path, "customers", text).counts == (2, 0, 0, 0)
    CustomerChange.objects.all().delete()
    assert take(tmp_path, "customers", text).counts == (0, 0, 2, 0)
    assert not CustomerChange.objects.exists()


def test_empty_cell_leaves_the_stored_value(tmp_path):
    take(tmp_path, "customers", "customer_id,email,city\n1,a@x.com,Aarhus\n")
    take(tmp_path, "customers", "customer_id,email,city,country\n1,,,DK\n")
    customer = Customer.objects.get()
    assert (customer.email, customer.city, customer.country) == ("a@x.com", "Aarhus", "DK")


def test_extra_columns_become_custom_fields_of_the_type_their_values_have(tmp_path):
    result = take(
        tmp_path,
        "customers",
        "customer_id,Shoe size,Birthday,Likes dogs,Pet,Ring\n"
        '1,38,1980-02-03,yes,cat,01\n2,"39,5",1990-12-31,no,dog,02\n',
    )
    types = dict(CustomerField.objects.values_list("key", "type"))
    assert types == {
        "shoe_size": "number",
        "birthday": "date",
        "likes_dogs": "flag",
        "pet": "text",
        "ring": "text",
    }
    values = {
        v.field.key: v
        for v in CustomerFieldValue.objects.filter(customer__external_id="2").select_related(
            "field"
        )
    }
    assert values["shoe_size"].number == Decimal("39.5")
    assert values["birthday"].date == date(1990, 12, 31)
    assert values["likes_dogs"].flag is False
    assert (values["pet"].text, values["pet"].text_key) == ("dog", "dog")
    later = take(tmp_path, "customers", "customer_id,shoe size\n1,large\n3,40\n")
    assert later.counts == (1, 0, 1, 0)
    assert later.notes["unread_field:shoe_size"] == 1
    assert result.reasons == {}


def test_tags_and_groups_are_the_whole_set(tmp_path):
    take(tmp_path, "customers", 'customer_id,tags,group\n1,"a, B;c",Wholesale\n')
    take(tmp_path, "customers", "customer_id,tags\n1,b|d\n")
    customer = Customer.objects.get()
    assert sorted(customer.tags.values_list("key", flat=True)) == ["b", "d"]
    assert list(customer.groups.values_list("name", flat=True)) == ["Wholesale"]


def test_two_ids_of_one_source_never_merge(tmp_path):
    result = take(tmp_path, "customers", "customer_id,email\n1,a@x.com\n2,A@x.com\n")
    assert result.counts == (2, 0, 0, 0)
    assert result.notes == {"email_taken": 1}
    assert dict(Customer.objects.values_list("external_id", "email")) == {"1": "a@x.com", "2": ""}


def test_another_source_with_the_same_address_is_the_same_customer(tmp_path):
    take(tmp_path, "customers", "customer_id,email,city\n1,a@x.com,Aarhus\n")
    result = take(
        tmp_path, "customers", "customer_id,email,country\nK9,a@x.com,DK\n", source="till"
    )
    assert result.counts == (0, 1, 0, 0)
    customer = Customer.objects.get()
    assert (customer.external_id, customer.country) == ("1", "DK")
    take(tmp_path, "orders", "order_id,customer_id,date,total\nT1,K9,2024-01-01,5\n", source="till")
    assert Order.objects.get().customer == customer


def test_changed_address_stays_as_a_former_one(tmp_path):
    take(tmp_path, "customers", "customer_id,email\n1,old@x.com\n")
    take(tmp_path, "customers", "customer_id,email\n1,new@x.com\n")
    emails = CustomerIdentity.objects.filter(kind="email")
    assert dict(emails.values_list("value", "is_former")) == {"old@x.com": True, "new@x.com": False}
    take(tmp_path, "customers", "customer_id,email\n1,old@x.com\n2,new@x.com\n")
    assert dict(Customer.objects.values_list("external_id", "email")) == {
        "1": "old@x.com",
        "2": "new@x.com",
    }


def test_two_customers_may_swap_their_addresses(tmp_path):
    take(tmp_path, "customers", "customer_id,email\n1,a@x.com\n2,b@x.com\n")
    swapped = take(tmp_path, "customers", "customer_id,email\n1,b@x.com\n2,a@x.com\n")
    assert swapped.counts == (0, 2, 0, 0)
    assert dict(Customer.objects.values_list("external_id", "email")) == {
        "1": "b@x.com",
        "2": "a@x.com",
    }
    again = take(tmp_path, "customers", "customer_id,email\n1,b@x.com\n2,a@x.com\n")
    assert again.counts == (0, 0, 2, 0)


def test_bad_address_leaves_the_customer_without_one(tmp_path):
    result = take(tmp_path, "customers", "customer_id,email\n1,nonsense\n,nonsense\n2,\n")
    assert result.new == 2
    assert result.notes == {"unread_email": 2}
    assert result.reasons == {3: "The row has no customer id or e-mail address. Fill it in."}


def test_customer_known_by_address_gets_the_id_later(tmp_path):
    take(tmp_path, "orders", "order_id,email,date,total\nA,a@x.com,2024-01-01,5\n")
    stub = Customer.objects.get()
    assert stub.email == "a@x.com"
    assert "a@x" not in stub.external_id
    result = take(tmp_path, "customers", "customer_id,email,city\n5,a@x.com,Ribe\n")
    assert result.counts == (0, 1, 0, 0)
    take(tmp_path, "orders", "order_id,customer_id,date,total\nB,5,2024-02-01,5\n")
    assert Order.objects.filter(customer=stub).count() == 2
    assert Customer.objects.get().city == "Ribe"


def test_older_row_changes_nothing_whatever_comes_first(tmp_path):
    head = "customer_id,city,updated_at\n"
    take(tmp_path, "customers", head + "1,New,2024-02-01\n")
    old = take(tmp_path, "customers", head + "1,Old,2024-01-01\n")
    assert old.counts == (0, 0, 1, 0)
    assert old.notes == {"older": 1}
    take(tmp_path, "customers", head + "2,New,2024-02-01\n2,Old,2024-01-01\n")
    assert set(Customer.objects.values_list("city", flat=True)) == {"New"}


def test_touched_customers_are_noted_for_the_refresh(tmp_path):
    take(tmp_path, "customers", "customer_id\n1\n")
    change = CustomerChange.objects.get()
    assert (change.changed_at, change.oldest_order_at) == (NOW, None)
    take(
        tmp_path,
        "orders",
        "order_id,customer_id,date,total\nA,1,2024-03-01,5\nB,1,2024-01-01,5\n",
    )
    assert CustomerChange.objects.get().oldest_order_at == datetime(2024, 1, 1, tzinfo=UTC)
    take(tmp_path, "orders", "order_id,customer_id,date,total\nC,1,2024-05-01,5\n")
    assert CustomerChange.objects.get().oldest_order_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_erased_customer_is_not_filled_again(tmp_path):
    take(tmp_path, "customers", "customer_id,city\n1,Aarhus\n")
    Customer.objects.update(erased_at=NOW, city="")
    result = take(tmp_path, "customers", "customer_id,city\n1,Aarhus\n")
    assert result.notes == {"erased": 1}
    assert Customer.objects.get().city == ""


def test_values_that_could_not_be_read_are_named_as_long_as_they_are_few(tmp_path):
    content = "id,country\n" + "".join(f"{n},Atlantis {n % 30}\n" for n in range(90))
    result = take(tmp_path, "customers", content + "x,ann@example.com\n")
    assert result.notes == {"unread_country": 91}
    text = result.run.notes.get().text
    assert text.startswith("The country could not be read and was left out. Found: 'Atlantis 0', ")
    assert text.count("Atlantis") == 10
    assert "@" not in text
