"""What the demo's four shops are like: their size, markets, goods, habits and words.

Everything here is invented. Shares are whole percents, because they become the hundred slots that
a draw picks from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analytics_gql.demo.ai_models import AI_MODELS, MODELS_BY_PURPOSE
from analytics_gql.demo.countries import WORLD
from analytics_gql.demo.workspaces import (
    API_CLIENTS,
    API_HOURS,
    TOKENS_BY_PURPOSE,
    WORKSPACES_BY_CLIENT,
)


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant. `growth_permille` is how much larger its last day is than its first.

    `hour_shift` moves its customers' day to UTC; `products` counts its goods in each category.
    """

    id: str
    name: str
    orders: int
    growth_permille: int
    hour_shift: int
    price_percent: int
    products: int
    countries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of goods: prices in whole dollars, cost of goods as a share of the price."""

    name: str
    lowest_price: int
    highest_price: int
    cost_permille: int
    refund_permille: int
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to the shop. `click_basis_points` is None where nothing is shown to be clicked."""

    name: str
    conversion_basis_points: int
    click_basis_points: int | None


# 500,000 orders, the first shop with three in five of them. The last one shrinks: not every line
# on a chart should point upwards.
ORGANIZATIONS = (
    Organization(
        id="acme",
        name="Acme Outfitters",
        orders=300_000,
        growth_permille=900,
        hour_shift=5,
        price_percent=100,
        products=30,
        countries={
            "US": 38,
            "GB": 13,
            "DE": 11,
            "CA": 8,
            "FR": 7,
            "AU": 5,
            "NL": 4,
            "ES": 4,
            "IT": 3,
            "SE": 3,
            "JP": 2,
            "PL": 2,
        },
    ),
    Organization(
        id="birch",
        name="Birch & Bay",
        orders=105_000,
        growth_permille=1_600,
        hour_shift=0,
        price_percent=118,
        products=22,
        countries={"GB": 44, "US": 18, "FR": 12, "NL": 10, "SE": 9, "DE": 7},
    ),
    Organization(
        id="cobalt",
        name="Cobalt Home",
        orders=65_000,
        growth_permille=350,
        hour_shift=23,
        price_percent=92,
        products=16,
        countries={"DE": 52, "PL": 17, "NL": 12, "FR": 10, "IT": 9},
    ),
    Organization(
        id="dune",
        name="Dune Supply",
        orders=30_000,
        growth_permille=-250,
        hour_shift=14,
        price_percent=107,
        products=10,
        countries={"AU": 47, "JP": 33, "US": 20},
    ),
)

# Name, lowest and highest price, cost and refunds per mille, nouns.
CATEGORIES = (
    Category(
        "apparel", 15, 160, 400, 105,
        ("Jacket", "Shirt", "Sweater", "Trousers", "Scarf", "Cap", "Vest", "Dress", "Belt",
         "Socks"),
    ),
    Category(
        "electronics", 35, 690, 610, 60,
        ("Speaker", "Headphones", "Charger", "Camera", "Keyboard", "Monitor", "Router", "Tracker",
         "Lantern", "Radio"),
    ),
    Category(
        "home", 18, 380, 470, 45,
        ("Lamp", "Rug", "Cushion", "Blanket", "Mirror", "Shelf", "Vase", "Clock", "Curtain",
         "Stool"),
    ),
    Category(
        "kitchen", 12, 240, 450, 35,
        ("Kettle", "Skillet", "Teapot", "Knife Set", "Grinder", "Mug Set", "Toaster", "Scale",
         "Bowl Set", "Carafe"),
    ),
    Category(
        "beauty", 8, 85, 400, 20,
        ("Balm", "Serum", "Soap Set", "Hand Cream", "Shampoo", "Face Mask", "Bath Oil", "Brush",
         "Perfume", "Scrub"),
    ),
    Category(
        "toys", 9, 120, 480, 30,
        ("Puzzle", "Train Set", "Kite", "Board Game", "Building Blocks", "Plush Bear", "Paint Set",
         "Yo-yo", "Doll House", "Marble Run"),
    ),
    Category(
        "sports", 14, 420, 500, 55,
        ("Yoga Mat", "Tent", "Dumbbells", "Water Bottle", "Backpack", "Skipping Rope", "Helmet",
         "Racket", "Sleeping Bag", "Trail Shoes"),
    ),
    Category(
        "stationery", 5, 70, 430, 12,
        ("Notebook", "Fountain Pen", "Planner", "Desk Tray", "Pencil Case", "Letter Set",
         "Sketchbook", "Stapler", "Bookmark Set", "Calendar"),
    ),
)  # fmt: skip

# Orders per 10,000 sessions, clicks per 10,000 impressions.
CHANNELS = (
    Channel("direct", 380, None),
    Channel("email", 430, 900),
    Channel("organic", 250, None),
    Channel("paid_search", 290, 420),
    Channel("paid_social", 130, 110),
    Channel("referral", 210, None),
)

DEVICE_CONVERSION_PERCENT = {"desktop": 130, "mobile": 78, "tablet": 100}

# An hour of the customers' own day: a quiet night, a busy lunch, the sofa in the evening.
HOURS = {
    "0": 2, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 2, "7": 3, "8": 4, "9": 5, "10": 5,
    "11": 6, "12": 6, "13": 6, "14": 5, "15": 5, "16": 5, "17": 5, "18": 6, "19": 7, "20": 8,
    "21": 7, "22": 5, "23": 3,
}  # fmt: skip

SEGMENTS = {"consumer": 81, "small_business": 15, "enterprise": 4}

QUANTITIES = {
    "consumer": {"1": 72, "2": 18, "3": 6, "4": 3, "5": 1},
    "small_business": {"1": 36, "2": 24, "3": 14, "4": 9, "5": 7, "6": 5, "8": 3, "10": 2},
    "enterprise": {"2": 22, "4": 22, "5": 16, "6": 14, "8": 10, "10": 8, "12": 5, "20": 3},
}

# A first order comes mostly by an advertisement or a search, a later one by habit or newsletter.
CHANNELS_BY_LOYALTY = {
    "first": {
        "direct": 10,
        "email": 3,
        "organic": 29,
        "paid_search": 29,
        "paid_social": 19,
        "referral": 10,
    },
    "repeat": {
        "direct": 27,
        "email": 24,
        "organic": 24,
        "paid_search": 14,
        "paid_social": 5,
        "referral": 6,
    },
}

DEVICES_BY_CHANNEL = {
    "direct": {"desktop": 47, "mobile": 47, "tablet": 6},
    "email": {"desktop": 36, "mobile": 57, "tablet": 7},
    "organic": {"desktop": 44, "mobile": 50, "tablet": 6},
    "paid_search": {"desktop": 41, "mobile": 53, "tablet": 6},
    "paid_social": {"desktop": 9, "mobile": 86, "tablet": 5},
    "referral": {"desktop": 55, "mobile": 40, "tablet": 5},
}

_CARD_FIRST = {"card": 64, "paypal": 20, "pay_later": 9, "bank_transfer": 3, "gift_card": 4}
_BILL_FIRST = {"card": 22, "paypal": 34, "pay_later": 28, "bank_transfer": 13, "gift_card": 3}
_BANK_FIRST = {"card": 27, "paypal": 12, "pay_later": 11, "bank_transfer": 48, "gift_card": 2}

PAYMENTS_BY_MARKET: dict[str, Mapping[str, int]] = {
    **dict.fromkeys(("US", "GB", "CA", "AU", "FR", "ES", "IT", "JP"), _CARD_FIRST),
    **dict.fromkeys(("DE", "SE"), _BILL_FIRST),
    **dict.fromkeys(("NL", "PL"), _BANK_FIRST),
    "enterprise": {"card": 21, "paypal": 2, "pay_later": 17, "bank_transfer": 60},
}

_CATEGORY_NAMES = tuple(category.name for category in CATEGORIES)


def _of_categories(*percents: int) -> Mapping[str, int]:
    return dict(zip(_CATEGORY_NAMES, percents, strict=True))


_WINTER = _of_categories(20, 15, 19, 13, 12, 5, 9, 7)
_SPRING = _of_categories(22, 12, 17, 11, 13, 6, 14, 5)
_SUMMER = _of_categories(23, 11, 13, 9, 14, 7, 18, 5)
_AUTUMN = _of_categories(23, 14, 17, 12, 11, 6, 8, 9)
_GIFTS = _of_categories(17, 20, 13, 12, 11, 17, 5, 5)

CATEGORIES_BY_MONTH: dict[str, Mapping[str, int]] = {
    **dict.fromkeys(("1", "2"), _WINTER),
    **dict.fromkeys(("3", "4", "5"), _SPRING),
    **dict.fromkeys(("6", "7", "8"), _SUMMER),
    **dict.fromkeys(("9", "10"), _AUTUMN),
    **dict.fromkeys(("11", "12"), _GIFTS),
}

DISCOUNTS = {
    "usual": {"0": 76, "5": 8, "10": 10, "15": 4, "20": 2},
    "first": {"0": 58, "10": 34, "15": 8},
    "newsletter": {"0": 52, "5": 12, "10": 20, "15": 10, "20": 6},
    "sale": {"0": 28, "10": 20, "15": 18, "20": 20, "25": 9, "30": 5},
}

ADJECTIVES = (
    "Alder", "Amber", "Arctic", "Breeze", "Cedar", "Classic", "Clover", "Coastal", "Copper",
    "Dawn", "Ember", "Everyday", "Fern", "Harbor", "Hazel", "Heritage", "Indigo", "Juniper", "Lark",
    "Linden", "Lunar", "Maple", "Meadow", "Nordic", "Orchard", "Pebble", "Quiet", "Saffron",
    "Summit", "Willow",
)  # fmt: skip

FIRST_NAMES = (
    "Aiko", "Alba", "Amelie", "Anders", "Anya", "Bastian", "Beatriz", "Callum", "Carla", "Chloe",
    "Daan", "Daniela", "Elif", "Elias", "Emma", "Ewa", "Felix", "Freya", "Gabriel", "Greta", "Hana",
    "Hugo", "Ines", "Isla", "Jakub", "Jonas", "Julia", "Kaito", "Katya", "Lars", "Leila", "Liam",
    "Lucia", "Maeve", "Marek", "Marta", "Mateo", "Mia", "Nadia", "Nils", "Noah", "Olivia", "Oscar",
    "Paolo", "Petra", "Priya", "Rafael", "Rosa", "Samir", "Sofia", "Tara", "Theo", "Tomas", "Uma",
    "Vera", "Viktor", "Wanda", "Yara", "Yuki", "Zoe",
)  # fmt: skip

LAST_NAMES = (
    "Abbott", "Andersson", "Barros", "Becker", "Bianchi", "Blake", "Brandt", "Carter", "Castillo",
    "Clarke", "Conti", "Cooper", "Dekker", "Delacroix", "Dubois", "Ellis", "Eriksen", "Farrow",
    "Fischer", "Fontaine", "Garcia", "Gardner", "Greco", "Hale", "Hansen", "Hayashi", "Herrera",
    "Hoffman", "Holloway", "Ito", "Jansen", "Kaminski", "Keller", "Kowal", "Lambert", "Larsen",
    "Lindholm", "Lopez", "Marchetti", "Marlow", "Mercer", "Meyer", "Mori", "Moreau", "Nakamura",
    "Novak", "Okafor", "Olsen", "Osborne", "Palmer", "Patel", "Pereira", "Quinn", "Ramos", "Reyes",
    "Richter", "Rossi", "Sato", "Schneider", "Silva", "Sorensen", "Tanaka", "Thorne", "Vance",
    "Vega", "Visser", "Walsh", "Weber", "Whitfield", "Wojcik", "Yates", "Zielinski",
)  # fmt: skip

TRADES = (
    "Bakery", "Builders", "Catering", "Clinic", "Consulting", "Design", "Events", "Fitness",
    "Florists", "Foods", "Gardens", "Hotels", "Interiors", "Legal", "Logistics", "Media", "Motors",
    "Outdoors", "Partners", "Pharmacy", "Print", "Schools", "Studio", "Travel",
)  # fmt: skip

Rows = list[dict[str, Any]]


def plan() -> dict[str, Rows]:
    """Everything above, and the world around it, as rows of small tables, by the table's name.

    `words` holds lists by kind; the nouns of a category are of the kind of its name.
    """
    words = {
        "adjective": ADJECTIVES,
        "first_name": FIRST_NAMES,
        "last_name": LAST_NAMES,
        "trade": TRADES,
        **{category.name: category.nouns for category in CATEGORIES},
    }
    return {
        "shops": [_without(asdict(shop), "countries") for shop in ORGANIZATIONS],
        "categories": [
            {"position": position, **_without(asdict(category), "nouns")}
            for position, category in enumerate(CATEGORIES)
        ],
        "channels": [asdict(channel) for channel in CHANNELS],
        "devices": [
            {"name": name, "percent": percent}
            for name, percent in DEVICE_CONVERSION_PERCENT.items()
        ],
        "words": [{"kind": kind, "list": list(entries)} for kind, entries in words.items()],
        "mix": _mixes(),
        "world": [asdict(country) for country in WORLD],
        "models": [asdict(model) for model in AI_MODELS],
        "api_clients": [_without(asdict(client), "workspaces") for client in API_CLIENTS],
        "workspaces": [
            {
                "org_id": client.org_id,
                **_without(asdict(workspace), "percent"),
                "input_tokens": TOKENS_BY_PURPOSE[workspace.purpose][0],
                "output_tokens": TOKENS_BY_PURPOSE[workspace.purpose][1],
            }
            for client in API_CLIENTS
            for workspace in client.workspaces
        ],
    }


def _without(row: dict[str, Any], column: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != column}


def _mixes() -> Rows:
    """Every weighted choice as a hundred slots: topic, key (what the choice depends on), value.

    A draw's remainder by 100 is a slot, so that a weighted choice is an equality join.
    """
    topics: dict[str, Mapping[str, Mapping[str, int]]] = {
        "api_hour": {"any": API_HOURS},
        "category": CATEGORIES_BY_MONTH,
        "channel": CHANNELS_BY_LOYALTY,
        "country": {shop.id: shop.countries for shop in ORGANIZATIONS},
        "device": DEVICES_BY_CHANNEL,
        "discount": DISCOUNTS,
        "hour": {"any": HOURS},
        "model": MODELS_BY_PURPOSE,
        "payment": PAYMENTS_BY_MARKET,
        "quantity": QUANTITIES,
        "segment": {"any": SEGMENTS},
        "workspace": WORKSPACES_BY_CLIENT,
    }
    rows: Rows = []
    for topic, choices in topics.items():
        for key, shares in choices.items():
            values = [value for value, percent in shares.items() for _ in range(percent)]
            assert len(values) == 100, (topic, key, len(values))
            rows += [
                {"topic": topic, "key": key, "slot": slot, "value": value}
                for slot, value in enumerate(values)
            ]
    return rows
