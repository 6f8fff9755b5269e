"""Where the demo shop's customers live and what they are called there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city, its region, the range of its postal codes and how many customers it has for each of a
    small one's.
    """

    name: str
    region: str
    postal_area: str
    first_postal_code: int
    last_postal_code: int
    weight: int


@dataclass(frozen=True)
class Country:
    """One market of the shop: its share, how addresses and phone numbers look, and common names.

    The phone prefixes are number ranges that no subscriber has.
    """

    code: str
    share: float
    language: str
    vat_percent: int
    postal_code_pattern: str
    phone_prefix: str
    phone_digits: int
    cities: tuple[City, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _cities(text: str) -> tuple[City, ...]:
    """Read lines of 'city; region; first-last postal code; weight', the codes perhaps after the
    letters of an area.
    """
    cities = []
    for line in text.strip().splitlines():
        name, region, codes, weight = (part.strip() for part in line.split(";"))
        first, last = codes.split("-")
        number = first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        area = first.removesuffix(number)
        cities.append(City(name, region, area, int(number), int(last), int(weight)))
    return tuple(cities)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DENMARK = Country(
    code="DK",
    share=0.36,
    language="da",
    vat_percent=25,
    postal_code_pattern="{:04d}",
    phone_prefix="+4510",
    phone_digits=6,
    cities=_cities(
        """
        København; Region Hovedstaden; 1050-2450; 30
        Frederiksberg; Region Hovedstaden; 1800-2000; 6
        Hillerød; Region Hovedstaden; 3400-3400; 3
        Helsingør; Region Hovedstaden; 3000-3000; 3
        Roskilde; Region Sjælland; 4000-4000; 4
        Næstved; Region Sjælland; 4700-4700; 3
        Odense; Region Syddanmark; 5000-5270; 9
        Esbjerg; Region Syddanmark; 6700-6715; 5
        Kolding; Region Syddanmark; 6000-6000; 4
        Aarhus; Region Midtjylland; 8000-8270; 15
        Silkeborg; Region Midtjylland; 8600-8600; 4
        Herning; Region Midtjylland; 7400-7400; 3
        Aalborg; Region Nordjylland; 9000-9220; 8
        Skagen; Region Nordjylland; 9990-9990; 1
        """
    ),
    first_names=_names(
        "Anne Mette Kirsten Hanne Anna Maria Emma Ida Freja Clara Sofie Laura Karen Camilla Louise "
        "Julie Signe "
        "Peter Jens Lars Michael Henrik Thomas Søren Jan Christian Martin Niels Anders Morten "
        "Mikkel Frederik "
        "Magnus Emil Oliver Rasmus Jonas Kasper Bjørn"
    ),
    last_names=_names(
        "Nielsen Jensen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen "
        "Petersen Madsen "
        "Kristensen Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen Knudsen Lund Holm "
        "Schmidt Friis "
        "Bach Winther Skov Østergaard Kjær"
    ),
)

GERMANY = Country(
    code="DE",
    share=0.23,
    language="de",
    vat_percent=19,
    postal_code_pattern="{:05d}",
    phone_prefix="+491500",
    phone_digits=7,
    cities=_cities(
        """
        Berlin; Berlin; 10115-14199; 14
        Hamburg; Hamburg; 20095-22769; 13
        Kiel; Schleswig-Holstein; 24103-24159; 5
        Flensburg; Schleswig-Holstein; 24937-24944; 5
        Bremen; Bremen; 28195-28779; 4
        Hannover; Niedersachsen; 30159-30659; 5
        Köln; Nordrhein-Westfalen; 50667-51149; 7
        Düsseldorf; Nordrhein-Westfalen; 40210-40629; 5
        Frankfurt am Main; Hessen; 60308-60599; 5
        Stuttgart; Baden-Württemberg; 70173-70629; 5
        Freiburg; Baden-Württemberg; 79098-79117; 2
        München; Bayern; 80331-81929; 9
        Garmisch-Partenkirchen; Bayern; 82467-82467; 2
        Leipzig; Sachsen; 4103-4357; 4
        Dresden; Sachsen; 1067-1326; 4
        """
    ),
    first_names=_names(
        "Anna Julia Katharina Sabine Petra Claudia Lena Lea Hannah Mia Emma Marie Sophie Nina Jana "
        "Ulrike Monika "
        "Thomas Andreas Michael Stefan Christian Markus Daniel Jan Tobias Lukas Leon Finn Paul "
        "Jonas Felix Max "
        "Jürgen Wolfgang Björn Günther Matthias"
    ),
    last_names=_names(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch "
        "Bauer Richter "
        "Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner "
        "Krause Lehmann "
        "Köhler Jäger"
    ),
)

SWEDEN = Country(
    code="SE",
    share=0.13,
    language="sv",
    vat_percent=25,
    postal_code_pattern="{:05d}",
    phone_prefix="+467000",
    phone_digits=5,
    cities=_cities(
        """
        Stockholm; Stockholms län; 11120-12840; 12
        Uppsala; Uppsala län; 75220-75760; 4
        Göteborg; Västra Götalands län; 41101-42455; 8
        Malmö; Skåne län; 21115-21850; 9
        Helsingborg; Skåne län; 25220-25670; 5
        Lund; Skåne län; 22220-22740; 4
        Linköping; Östergötlands län; 58102-58950; 3
        Umeå; Västerbottens län; 90320-90750; 2
        Åre; Jämtlands län; 83752-83752; 1
        """
    ),
    first_names=_names(
        "Anna Eva Maria Karin Kristina Lena Sara Emma Malin Elin Hanna Linnea Ida Ebba Alva Astrid "
        "Åsa "
        "Lars Anders Johan Per Erik Karl Mikael Fredrik Daniel Gustav Oskar Elias Axel Nils Björn "
        "Göran Viktor"
    ),
    last_names=_names(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson "
        "Pettersson "
        "Jonsson Jansson Hansson Bengtsson Lindberg Lindström Lindqvist Berg Sandberg Åberg "
        "Söderberg Öberg"
    ),
)

BRITAIN = Country(
    code="GB",
    share=0.10,
    language="en",
    vat_percent=20,
    postal_code_pattern="{}",
    phone_prefix="+447700900",
    phone_digits=3,
    cities=_cities(
        """
        London; England; SW1-28; 14
        Manchester; England; M1-40; 6
        Birmingham; England; B1-38; 5
        Leeds; England; LS1-20; 4
        Bristol; England; BS1-16; 4
        Newcastle upon Tyne; England; NE1-20; 2
        Edinburgh; Scotland; EH1-17; 4
        Glasgow; Scotland; G1-42; 4
        Cardiff; Wales; CF5-24; 3
        Belfast; Northern Ireland; BT1-16; 2
        """
    ),
    first_names=_names(
        "Olivia Amelia Emily Jessica Sophie Charlotte Lucy Grace Hannah Megan Sarah Claire "
        "Victoria Rachel "
        "Oliver George Harry Jack James William Thomas Daniel Matthew David Andrew Robert Callum "
        "Rory Ewan Owen"
    ),
    last_names=_names(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans "
        "Walker White "
        "Roberts Green Hall Wood Jackson Clarke Campbell Murray O'Connor MacDonald Hughes"
    ),
)

ITALY = Country(
    code="IT",
    share=0.09,
    language="it",
    vat_percent=22,
    postal_code_pattern="{:05d}",
    phone_prefix="+39300",
    phone_digits=7,
    cities=_cities(
        """
        Milano; Lombardia; 20121-20162; 11
        Bergamo; Lombardia; 24121-24129; 4
        Torino; Piemonte; 10121-10156; 6
        Bolzano; Trentino-Alto Adige; 39100-39100; 4
        Trento; Trentino-Alto Adige; 38121-38123; 3
        Verona; Veneto; 37121-37142; 4
        Bologna; Emilia-Romagna; 40121-40141; 5
        Firenze; Toscana; 50121-50145; 4
        Roma; Lazio; 118-199; 9
        Napoli; Campania; 80121-80147; 4
        """
    ),
    first_names=_names(
        "Giulia Francesca Chiara Sara Martina Valentina Elena Sofia Aurora Alice Laura Paola "
        "Silvia Federica "
        "Marco Andrea Alessandro Francesco Luca Matteo Lorenzo Davide Stefano Giuseppe Giovanni "
        "Paolo Simone Niccolò"
    ),
    last_names=_names(
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti "
        "Costa Giordano "
        "Mancini Rizzo Lombardi Moretti Barbieri Fontana D'Angelo Caruso Ferrara"
    ),
)

NORWAY = Country(
    code="NO",
    share=0.05,
    language="nb",
    vat_percent=25,
    postal_code_pattern="{:04d}",
    phone_prefix="+474000",
    phone_digits=4,
    cities=_cities(
        """
        Oslo; Oslo; 150-1295; 9
        Bergen; Vestland; 5003-5268; 5
        Trondheim; Trøndelag; 7010-7099; 4
        Stavanger; Rogaland; 4005-4032; 3
        Tromsø; Troms; 9006-9020; 1
        """
    ),
    first_names=_names(
        "Ingrid Nora Kari Anne Silje Marte Hilde Astrid Solveig Maja Sigrid Tone "
        "Ole Lars Knut Per Eirik Magnus Henrik Sondre Håkon Sindre Øyvind Torbjørn"
    ),
    last_names=_names(
        "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Berg "
        "Haugen Hagen Dahl "
        "Solberg Bakken Strand Moen Ødegård Bjørnstad"
    ),
)

NETHERLANDS = Country(
    code="NL",
    share=0.04,
    language="nl",
    vat_percent=21,
    postal_code_pattern="{:04d}",
    phone_prefix="+3160000",
    phone_digits=4,
    cities=_cities(
        """
        Amsterdam; Noord-Holland; 1011-1109; 8
        Rotterdam; Zuid-Holland; 3011-3089; 6
        Den Haag; Zuid-Holland; 2491-2597; 4
        Utrecht; Utrecht; 3511-3585; 4
        Eindhoven; Noord-Brabant; 5611-5658; 3
        Groningen; Groningen; 9711-9747; 2
        """
    ),
    first_names=_names(
        "Emma Sophie Julia Lotte Anouk Femke Sanne Eva Fleur Marieke Daan Sem Lucas Bram Thijs "
        "Jeroen Pieter Sander "
        "Maarten Ruben"
    ),
    last_names=_names(
        "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra "
        "Vermeulen Kuiper"
    ),
)

COUNTRIES = (DENMARK, GERMANY, SWEDEN, BRITAIN, ITALY, NORWAY, NETHERLANDS)
