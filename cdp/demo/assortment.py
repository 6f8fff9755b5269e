"""What the demo shop sells: its category tree, the season of each category, what goes with what,
and the brands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Relative demand from January to December.
SEASONS: dict[str, tuple[float, ...]] = {
    "flat": (1.0,) * 12,
    "winter": (3.0, 2.2, 0.9, 0.3, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.4, 3.2),
    "summer": (0.2, 0.3, 0.6, 1.3, 2.4, 3.2, 2.6, 1.2, 0.4, 0.2, 0.2, 0.3),
    "spring": (0.4, 0.6, 1.6, 2.5, 2.4, 1.7, 1.0, 0.8, 0.7, 0.5, 0.4, 0.5),
    "autumn": (0.7, 0.7, 0.7, 0.6, 0.6, 0.5, 0.6, 1.6, 2.1, 1.8, 1.4, 1.1),
    "gift": (0.6, 0.7, 0.7, 0.8, 0.8, 0.8, 0.7, 0.7, 0.8, 1.0, 2.2, 3.4),
}


@dataclass(frozen=True)
class Leaf:
    """A leaf category: where it stands, what a product there is called, its usual price, season and
    popularity.
    """

    path: tuple[str, str, str]
    noun: str
    price: float
    season: str
    interest: str
    popularity: float
    materials: tuple[str, ...]
    sizes: tuple[str, ...]


@dataclass(frozen=True)
class Brand:
    """A brand: how its prices relate to the usual ones, how well known it is, and what it makes.

    `serves` names interests, groups or leaf categories.
    """

    name: str
    price_level: float
    popularity: float
    serves: frozenset[str]


_SIZES = {
    "clothes": ("XS-XL", "S-XXL", "S-L", "One size"),
    "shoes": ("36-41", "39-46", "36-46", "28-35"),
    "one": ("One size",),
    "length": ("150 cm", "160 cm", "170 cm", "180 cm"),
    "people": ("2 persons", "3 persons", "4 persons"),
    "frame": ("52 cm", "56 cm", "60 cm"),
    "volume": ("100 ml", "250 ml", "500 ml"),
    "home": ("140 x 200 cm", "50 x 70 cm", "30 x 30 cm", "Set of 4"),
}

# [department > group], then leaf | noun | price | season | interest | popularity | materials |
# sizes
_LEAVES = """
[Sport > Football]
Football shoes | Football Shoes | 79 | autumn | football | 1.4 | leather, synthetic | shoes
Footballs | Football | 25 | spring | football | 1.0 | synthetic | one
Goalkeeper gloves | Goalkeeper Gloves | 35 | autumn | football | 0.5 | latex | clothes
Shin guards | Shin Guards | 18 | autumn | football | 0.6 | polypropylene | clothes
Ball pumps | Ball Pump | 9 | flat | football | 0.4 | plastic, aluminium | one
[Sport > Handball]
Handballs | Handball | 29 | autumn | football | 0.5 | synthetic | one
Handball shoes | Handball Shoes | 89 | autumn | football | 0.6 | synthetic, mesh | shoes
[Sport > Running]
Running shoes | Running Shoes | 119 | spring | running | 2.2 | mesh, knit | shoes
Running jackets | Running Jacket | 79 | autumn | running | 0.9 | polyester, nylon | clothes
Running tights | Running Tights | 49 | autumn | running | 1.1 | polyester, elastane | clothes
Running belts | Running Belt | 19 | spring | running | 0.6 | neoprene | one
Head torches | Head Torch | 39 | autumn | running | 0.7 | plastic, aluminium | one
[Sport > Fitness]
Yoga mats | Yoga Mat | 39 | flat | fitness | 1.1 | natural rubber, cork | one
Dumbbells | Dumbbell | 34 | winter | fitness | 0.8 | cast iron, neoprene | one
Resistance bands | Resistance Band | 15 | flat | fitness | 0.9 | latex | one
Sports bras | Sports Bra | 39 | flat | fitness | 1.2 | polyester, elastane | clothes
Protein powder | Protein Powder | 29 | flat | fitness | 1.0 | whey, pea protein | volume
[Sport > Swimming]
Swimsuits | Swimsuit | 45 | summer | swimming | 1.1 | polyamide | clothes
Swim shorts | Swim Shorts | 29 | summer | swimming | 0.9 | polyester | clothes
Goggles | Swim Goggles | 19 | summer | swimming | 0.7 | silicone | one
Beach towels | Beach Towel | 24 | summer | swimming | 0.8 | cotton, microfibre | home
[Sport > Racket sports]
Badminton rackets | Badminton Racket | 49 | summer | racket | 0.7 | graphite, aluminium | one
Tennis rackets | Tennis Racket | 129 | spring | racket | 0.5 | graphite | one
Padel rackets | Padel Racket | 139 | spring | racket | 0.8 | carbon, fibreglass | one
Shuttlecocks | Shuttlecocks | 12 | flat | racket | 0.5 | nylon, feather | one
[Winter sport > Skiing]
Alpine skis | Alpine Skis | 399 | winter | skiing | 0.35 | wood, carbon | length
Ski boots | Ski Boots | 249 | winter | skiing | 0.4 | polyurethane | shoes
Ski jackets | Ski Jacket | 199 | winter | skiing | 1.1 | polyester, down | clothes
Ski trousers | Ski Trousers | 129 | winter | skiing | 1.0 | polyester | clothes
Ski helmets | Ski Helmet | 99 | winter | skiing | 0.7 | ABS | clothes
Ski goggles | Ski Goggles | 79 | winter | skiing | 0.8 | polycarbonate | one
Ski wax | Ski Wax | 15 | winter | skiing | 0.5 | wax | volume
[Winter sport > Cross-country]
Cross-country skis | Cross-country Skis | 199 | winter | skiing | 0.4 | wood, fibreglass | length
[Winter sport > Base layers]
Thermal tops | Thermal Top | 59 | winter | skiing | 1.1 | merino wool, polyester | clothes
Thermal socks | Thermal Socks | 17 | winter | skiing | 1.2 | merino wool | shoes
[Winter sport > Skating]
Ice skates | Ice Skates | 69 | winter | skiing | 0.4 | leather, steel | shoes
[Outdoor > Camping]
Tents | Tent | 219 | summer | camping | 0.9 | polyester, ripstop nylon | people
Sleeping bags | Sleeping Bag | 89 | summer | camping | 0.9 | down, polyester | one
Sleeping mats | Sleeping Mat | 59 | summer | camping | 0.8 | foam, polyester | one
Camping stoves | Camping Stove | 65 | summer | camping | 0.6 | steel, titanium | one
Camping chairs | Camping Chair | 39 | summer | camping | 0.8 | aluminium, polyester | one
Cool boxes | Cool Box | 49 | summer | camping | 0.6 | polypropylene | one
[Outdoor > Insect protection]
Mosquito spray | Mosquito Spray | 11 | summer | camping | 0.9 | DEET, icaridin | volume
Mosquito nets | Mosquito Net | 25 | summer | camping | 0.4 | polyester | one
[Outdoor > Hiking]
Hiking boots | Hiking Boots | 159 | spring | camping | 1.2 | leather, nubuck | shoes
Backpacks | Backpack | 99 | summer | camping | 1.1 | ripstop nylon, polyester | one
Trekking poles | Trekking Poles | 59 | summer | camping | 0.5 | aluminium, carbon | one
Rain jackets | Rain Jacket | 129 | autumn | camping | 1.3 | three-layer shell, polyester | clothes
Water bottles | Water Bottle | 22 | summer | camping | 1.1 | steel, plastic | volume
First-aid kits | First-aid Kit | 24 | summer | camping | 0.4 | mixed | one
[Outdoor > Climbing]
Climbing shoes | Climbing Shoes | 109 | spring | climbing | 0.4 | leather, synthetic | shoes
Harnesses | Climbing Harness | 79 | spring | climbing | 0.3 | nylon | clothes
Chalk | Chalk | 9 | flat | climbing | 0.4 | magnesium | one
[Outdoor > Water sport]
Stand-up paddle boards | Paddle Board | 349 | summer | swimming | 0.4 | PVC | one
Life jackets | Life Jacket | 69 | summer | swimming | 0.4 | neoprene, foam | clothes
[Cycling > Bicycles]
City bicycles | City Bicycle | 499 | spring | cycling | 0.28 | aluminium, steel | frame
Mountain bikes | Mountain Bicycle | 849 | spring | cycling | 0.16 | aluminium, carbon | frame
Children's bicycles | Children's Bicycle | 229 | spring | cycling | 0.3 | aluminium, steel | one
[Cycling > Accessories]
Bicycle locks | Bicycle Lock | 39 | spring | cycling | 0.8 | hardened steel | one
Bicycle lights | Bicycle Lights | 29 | autumn | cycling | 0.9 | plastic | one
Bicycle helmets | Bicycle Helmet | 69 | spring | cycling | 0.9 | polycarbonate | clothes
Inner tubes | Inner Tube | 7 | flat | cycling | 0.9 | butyl | one
Pumps | Bicycle Pump | 24 | spring | cycling | 0.5 | aluminium, steel | one
[Cycling > Clothing]
Cycling jerseys | Cycling Jersey | 69 | spring | cycling | 0.8 | polyester | clothes
Cycling shorts | Cycling Shorts | 65 | spring | cycling | 0.8 | elastane | clothes
[Clothing > Tops]
Shirts | Shirt | 35 | flat | lifestyle | 1.9 | cotton, linen | clothes
T-shirts | T-shirt | 25 | summer | lifestyle | 2.4 | cotton, organic cotton | clothes
Sweatshirts | Sweatshirt | 55 | autumn | lifestyle | 2.0 | cotton, fleece | clothes
[Clothing > Bottoms]
Trousers | Trousers | 65 | flat | lifestyle | 1.7 | cotton, elastane | clothes
Shorts | Shorts | 35 | summer | lifestyle | 1.4 | cotton, polyester | clothes
[Clothing > Jackets]
Down jackets | Down Jacket | 179 | winter | lifestyle | 1.2 | down, recycled polyester | clothes
[Clothing > Accessories]
Socks | Socks | 12 | gift | lifestyle | 2.2 | cotton, wool | shoes
Caps | Cap | 22 | summer | lifestyle | 1.1 | cotton | one
Beanies | Beanie | 19 | winter | lifestyle | 1.3 | wool, acrylic | one
Gloves | Gloves | 29 | winter | lifestyle | 1.1 | wool, leather | clothes
[Shoes > Everyday shoes]
Sneakers | Sneakers | 95 | spring | lifestyle | 2.6 | leather, canvas, mesh | shoes
Sandals | Sandals | 49 | summer | lifestyle | 0.9 | leather, EVA | shoes
Rubber boots | Rubber Boots | 45 | autumn | lifestyle | 0.7 | natural rubber | shoes
[Shoes > Shoe care]
Shoe care | Shoe Care Spray | 12 | flat | lifestyle | 0.7 | wax | volume
[Home > Living]
Blankets | Blanket | 49 | gift | home | 1.0 | wool, cotton | home
Candles | Candle | 19 | gift | home | 1.1 | soy wax, beeswax | one
Cushions | Cushion | 29 | flat | home | 0.8 | linen, wool | home
[Home > Kitchen]
Thermo mugs | Thermo Mug | 25 | gift | home | 1.1 | steel | volume
Lunch boxes | Lunch Box | 22 | autumn | home | 0.8 | steel, plastic | one
Cast-iron pans | Cast-iron Pan | 59 | gift | home | 0.6 | cast iron | one
[Home > Garden]
Hammocks | Hammock | 69 | summer | home | 0.5 | cotton, nylon | one
Fire pits | Fire Pit | 149 | summer | home | 0.4 | steel | one
Garden furniture | Garden Bench | 249 | summer | home | 0.3 | teak, steel | one
"""

# name | price level | popularity | interests, groups or leaf categories
_BRANDS = """
Nike | 1.20 | 3.0 | football, running, fitness, lifestyle, racket
Adidas | 1.10 | 3.0 | football, running, fitness, lifestyle, swimming, racket
Under Armour | 1.12 | 1.6 | running, fitness, lifestyle
Hummel | 0.92 | 1.9 | football, fitness, lifestyle
Puma | 0.95 | 1.8 | football, running, lifestyle
Vettex | 0.72 | 0.8 | fitness, lifestyle, running
Kettleby | 0.78 | 0.8 | football, racket
Stride & Sons | 1.28 | 0.9 | running
Rundvej | 0.86 | 1.0 | running, fitness
Fjeldvind | 1.15 | 1.6 | camping, skiing, lifestyle
Norrsken | 1.35 | 1.2 | camping, skiing, climbing
Bergtind | 1.45 | 0.9 | skiing, climbing, camping
Alpenrausch | 1.25 | 1.0 | skiing
Piste Noire | 1.60 | 0.6 | skiing, lifestyle
Snøfugl | 0.90 | 0.9 | skiing
Campanello | 0.80 | 1.1 | camping, home
Ridgeway Gear | 1.02 | 1.2 | camping, climbing
Waldmeister | 0.94 | 1.0 | camping, home
Little Bear Camp | 0.65 | 0.8 | camping
Myggfri | 1.00 | 0.9 | Insect protection
Tundra Works | 1.30 | 0.7 | camping, lifestyle
Velodane | 1.05 | 1.3 | cycling
Ciclo Verona | 1.50 | 0.7 | cycling
Pedalkraft | 0.82 | 1.0 | cycling
Lockwerk | 1.10 | 0.6 | Bicycle locks
Blue Lagoon | 0.88 | 1.0 | swimming
Tidewater | 1.18 | 0.7 | swimming
Aquilo | 0.95 | 0.6 | swimming
Smash Point | 0.98 | 0.8 | racket
Padelito | 1.12 | 0.6 | racket
Iron Harbour | 0.90 | 0.8 | fitness
Asana Nord | 1.20 | 0.7 | fitness
Granitt | 1.22 | 0.6 | climbing
Hverdag | 0.80 | 1.4 | lifestyle, home
Copen & Co | 1.18 | 1.2 | lifestyle
Lana Viva | 1.40 | 0.7 | lifestyle, home
Basic Lane | 0.58 | 1.5 | lifestyle, fitness
Hyggehus | 1.05 | 1.2 | home
Casa Mirto | 1.30 | 0.7 | home
Støberiet | 1.15 | 0.5 | home
Harvest Table | 0.75 | 0.8 | home
"""

# Bought together: what was bought, what goes with it, how often in the same order.
COMPANIONS: tuple[tuple[str, str, float], ...] = (
    ("Tents", "Mosquito spray", 0.34),
    ("Tents", "Sleeping bags", 0.28),
    ("Tents", "Sleeping mats", 0.18),
    ("Sleeping bags", "Sleeping mats", 0.25),
    ("City bicycles", "Bicycle locks", 0.48),
    ("Mountain bikes", "Bicycle locks", 0.30),
    ("City bicycles", "Bicycle helmets", 0.25),
    ("Children's bicycles", "Bicycle helmets", 0.40),
    ("Running shoes", "Socks", 0.20),
    ("Hiking boots", "Thermal socks", 0.22),
    ("Hiking boots", "Shoe care", 0.18),
    ("Sneakers", "Shoe care", 0.12),
    ("Footballs", "Ball pumps", 0.16),
    ("Alpine skis", "Ski wax", 0.25),
    ("Ski jackets", "Ski trousers", 0.22),
    ("Ski boots", "Thermal socks", 0.30),
    ("Badminton rackets", "Shuttlecocks", 0.45),
    ("Football shoes", "Shin guards", 0.18),
)

MODELS = (
    "Aero", "Alto", "Apex", "Arctic", "Ascent", "Atlas", "Aurora", "Bolt", "Breeze", "Canyon",
    "Cirrus", "Classic", "Coast", "Comet", "Core", "Dash", "Delta", "Drift", "Dune", "Echo",
    "Edge", "Ember", "Everest", "Falcon", "Fjord", "Flow", "Fuse", "Glide", "Granite", "Halo",
    "Harbour", "Horizon", "Impulse", "Kestrel", "Lagoon", "Legacy", "Lite", "Lumen", "Lynx",
    "Metro", "Mistral", "Motion", "Nimbus", "Nordic", "Nova", "Oak", "Orbit", "Pace", "Peak",
    "Pine", "Polar", "Prime", "Pulse", "Quest", "Rapid", "Raven", "Ridge", "Rover", "Sierra",
    "Solstice", "Spark", "Sprint", "Summit", "Swift", "Tempo", "Terra", "Tide", "Trail", "Tundra",
    "Urban", "Vento", "Vista", "Volt", "Wave", "Willow", "Zenith", "Zephyr",
)  # fmt: skip

COLOURS = (
    "black", "navy", "white", "grey", "red", "green", "olive", "sand", "orange", "yellow", "blue",
    "turquoise", "pink", "burgundy", "brown",
)  # fmt: skip


def _columns(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _read_leaves(text: str) -> Iterator[Leaf]:
    department = group = ""
    for line in text.strip().splitlines():
        if line.startswith("["):
            department, group = line.strip("[]").split(" > ")
            continue
        name, noun, price, season, interest, popularity, materials, sizes = _columns(line)
        yield Leaf(
            path=(department, group, name),
            noun=noun,
            price=float(price),
            season=season,
            interest=interest,
            popularity=float(popularity),
            materials=tuple(part.strip() for part in materials.split(",")),
            sizes=_SIZES[sizes],
        )


def _read_brand(line: str) -> Brand:
    name, price_level, popularity, interests = _columns(line)
    serves = frozenset(part.strip() for part in interests.split(","))
    return Brand(name, float(price_level), float(popularity), serves)


LEAVES: tuple[Leaf, ...] = tuple(_read_leaves(_LEAVES))
BRANDS: tuple[Brand, ...] = tuple(_read_brand(line) for line in _BRANDS.strip().splitlines())
INTERESTS: tuple[str, ...] = tuple(sorted({leaf.interest for leaf in LEAVES}))
