"""Products (Snowflake)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator import people
from devstack.generator.columns import ids, instants, join, money, pick, swap
from devstack.generator.dirt import BORN, first_version, marks, soil, with_values, without
from devstack.generator.timeline import Array, Columns, Timeline, changes, latest, maybe

PRODUCTS = 300
WAREHOUSES = ("WH-EAST", "WH-WEST", "WH-EU")
_CHANGES = 6

RANGE = (
    ("Electronics", "Audio", ("Headphones", "Speaker", "Earbuds", "Soundbar"), 8_000),
    ("Electronics", "Accessories", ("Charger", "Cable", "Power Bank", "Hub"), 2_500),
    ("Home & Kitchen", "Cookware", ("Skillet", "Saucepan", "Kettle", "Knife Set"), 4_500),
    ("Home & Kitchen", "Textiles", ("Towel", "Blanket", "Cushion", "Curtain"), 2_800),
    ("Sports", "Outdoor", ("Backpack", "Tent", "Sleeping Bag", "Lantern"), 7_500),
    ("Sports", "Fitness", ("Yoga Mat", "Dumbbell", "Jump Rope", "Foam Roller"), 3_000),
    ("Clothing", "Men", ("Shirt", "Jacket", "Jeans", "Sweater"), 5_000),
    ("Clothing", "Women", ("Dress", "Blouse", "Coat", "Skirt"), 5_500),
    ("Beauty", "Skin Care", ("Face Cream", "Serum", "Sunscreen", "Cleanser"), 2_200),
    ("Toys", "Games", ("Puzzle", "Board Game", "Card Game", "Building Set"), 2_600),
    ("Books", "Cooking", ("Cookbook", "Baking Book", "Wine Guide", "Tea Atlas"), 2_000),
    ("Office", "Desk", ("Lamp", "Organizer", "Notebook", "Chair Mat"), 3_200),
)
"""Category, subcategory, things, and a typical price in hundredths of a dollar."""
_BRANDS = ("Nordlicht", "Acre & Sons", "Kumo", "Velora", "Trailhead", "Maison Claire", "Brightwell", "Oaken")
_STYLES = ("Classic", "Compact", "Pro", "Eco", "Deluxe", "Mini", "Studio", "Travel")
_CODES = ("ELE", "ACC", "COO", "TEX", "OUT", "FIT", "MEN", "WOM", "SKI", "GAM", "BOO", "DES")


def draw_products(line: Timeline) -> Columns:
    """Every product launched up to `as_of`: what it is, when its price changes, and all its prices."""
    total = max(60, round(PRODUCTS * line.scale))

    def draw(rng: np.random.Generator, count: int) -> Columns:
        first = np.exp(rng.normal(0, 0.6, count))
        steps = rng.choice((0.9, 0.95, 1.05, 1.1), (count, _CHANGES))
        return {
            "thing": rng.integers(0, 4, count),
            "brand": rng.integers(0, len(_BRANDS), count),
            "style": rng.integers(0, len(_STYLES), count),
            "factor": np.cumprod(np.column_stack([first, steps]), axis=1),
            "spans": changes(rng, count, _CHANGES, 60),
            "leaving": maybe(rng, count, 0.1, 10, 900),
        }

    products = line.grow("products", round(total * 0.95), total * 0.05, draw)
    products["number"] = np.arange(len(products["created"]))
    products["range"] = products["number"] % len(RANGE)
    typical = np.array([price for *_, price in RANGE])[products["range"]]
    products["prices"] = np.rint(typical[:, None] * products.pop("factor") / 100).astype(np.int64) * 100 - 1
    products["prices"] = np.maximum(products["prices"], 299)
    return people.live(line, products)


def price_at(products: Columns, rows: Array, instants: Array) -> Array:
    """The list prices of these products at these instants, hundredths of a dollar."""
    version = (products["changed"][rows] < instants[:, None]).sum(axis=1)
    prices: Array = products["prices"][rows, version]
    return prices


def product_ids(rows: Array) -> pa.Array:
    """The products' ids."""
    return ids("P", rows, 6)


def skus(rows: Array) -> pa.Array:
    """The products' stock keeping units."""
    return join(pick(_CODES, rows % len(_CODES)), "-", ids("", rows, 6))


def sku(row: int) -> str:
    """One product's stock keeping unit."""
    return f"{_CODES[row % len(_CODES)]}-{row:06d}"


def products_table(line: Timeline, products: Columns) -> pa.Table:
    """snowflake.products, with `_dirt`."""
    number, kind = products["number"], products["range"]
    found = marks("snowflake", "products", number)
    price = price_at(products, number, np.full(len(number), line.end))
    thing = pick([thing for _, _, things, _ in RANGE for thing in things], kind * 4 + products["thing"])
    name = join(pick(_BRANDS, products["brand"]), " ", pick(_STYLES, products["style"]), " ", thing)
    table = pa.table(
        {
            "product_id": product_ids(number),
            "sku": skus(number),
            "product_name": people.odd_texts(name, found),
            "category": _spelled(
                pick([category for category, *_ in RANGE], kind), number, found.of("category_spelling")
            ),
            "subcategory": pick([subcategory for _, subcategory, *_ in RANGE], kind),
            "brand": pick(_BRANDS, products["brand"]),
            "list_price": money(np.where(found.of("negative_list_price"), -price, price)),
            "currency": pa.repeat("USD", len(number)),
            "is_active": pa.array(products["left"] >= line.end),
            "updated_at": instants(latest(line.end, products["created"], products["left"], *products["changed"].T)),
            BORN: instants(products["created"]),
        }
    )
    older = with_values(list_price=99, is_active=True)
    return soil(table, found, {"same_key_later_cursor": first_version(older), "null_key": without("product_id")})


def _spelled(category: pa.Array, number: Array, where: Array) -> pa.Array:
    loud = swap(pc.utf8_upper(category), number % 3 == 0, pc.utf8_lower(category))
    return swap(category, where, swap(join("  ", category, " "), number % 2 == 0, loud))
