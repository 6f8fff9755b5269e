from __future__ import annotations

import pytest

from cdp.ingest.detect import encoding_of


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Müller,Straße\nCafé,Åse\n"),
        ("cp1252", "1,Ærø\n2,Møn\n"),
        (
            "cp1250",
            "Łódź, Kraków, Gdańsk, Wrocław, Poznań\nŻółkiewski, Świętojańska, Częstochowa\n",
        ),
        ("cp1251", "anna@example.com,Санкт-Петербург\nboris@example.com,Нижний Новгород\n"),
        ("cp1253", "a@example.com,Αθήνα\nb@example.com,Θεσσαλονίκη\nc,Πάτρα Ηράκλειο\n"),
        ("cp932", "a@example.com,東京都渋谷区\nb@example.com,大阪府大阪市\nc,北海道札幌市\n"),
        ("utf-8", "Müller,Straße\nŁódź\nСанкт\n"),
        ("utf-16-le", "customer_id,city\n1,Ribe\n"),
        ("utf-16-be", "customer_id,city\n1,Ribe\n"),
    ],
)
def test_encoding_is_recognised(encoding, text):
    assert encoding_of(("customer_id,city\n" + text).encode(encoding)) == encoding
