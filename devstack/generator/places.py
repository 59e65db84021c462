"""Where the demo's people live, what they are called, and in which currency they pay."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A country."""

    code: str
    name: str
    """As Salesforce writes it."""
    region: str
    currency: str
    per_usd: float
    """What prices are converted with: roughly the rate, and fixed, as in a real price list."""
    share: float
    """Of the customers."""
    dialling: str
    legal_form: str
    spellings: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    """City and state."""
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = (
    Place(
        "US", "United States", "AMER", "USD", 1.0, 0.26, "1", "Inc.",
        ("USA", "United States", "U.S.A.", "united states", " US"),
        (("New York", "NY"), ("Austin", "TX"), ("Seattle", "WA"), ("Chicago", "IL"), ("Denver", "CO")),
        ("Main Street", "Oak Avenue", "Maple Drive", "2nd Street"),
        _words("James Mary Robert Linda Michael Susan David Karen Daniel Emily"),
        _words("Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson"),
    ),
    Place(
        "DE", "Germany", "EMEA", "EUR", 0.92, 0.13, "49", "GmbH",
        ("DEU", "Germany", "Deutschland", "GERMANY", "de"),
        (("Berlin", "BE"), ("München", "BY"), ("Hamburg", "HH"), ("Köln", "NW"), ("Leipzig", "SN")),
        ("Hauptstraße", "Gartenweg", "Lindenallee", "Bahnhofstraße"),
        _words("Anna Lukas Sophie Jonas Marie Felix Lena Paul Jürgen Käthe"),
        _words("Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch"),
    ),
    Place(
        "GB", "United Kingdom", "EMEA", "GBP", 0.79, 0.12, "44", "Ltd",
        ("GBR", "UK", "United Kingdom", "Great Britain", "gb"),
        (("London", "England"), ("Leeds", "England"), ("Glasgow", "Scotland"), ("Cardiff", "Wales")),
        ("High Street", "Church Lane", "Station Road", "Mill Close"),
        _words("Oliver Amelia Harry Isla George Ava Jack Freya Siobhan Rhys"),
        _words("Taylor Evans Thomas Roberts Walker Wright Robinson Thompson O'Brien Hughes"),
    ),
    Place(
        "FR", "France", "EMEA", "EUR", 0.92, 0.09, "33", "SARL",
        ("FRA", "France", "FRANCE", "fr"),
        (("Paris", "Île-de-France"), ("Lyon", "Auvergne-Rhône-Alpes"), ("Nantes", "Pays de la Loire")),
        ("Rue de la Paix", "Avenue Foch", "Place du Marché", "Chemin Vert"),
        _words("Camille Hugo Léa Louis Chloé Jules Inès Gabriel Manon Théo"),
        _words("Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Lefèvre"),
    ),
    Place(
        "NL", "Netherlands", "EMEA", "EUR", 0.92, 0.06, "31", "B.V.",
        ("NLD", "Netherlands", "The Netherlands", "Nederland"),
        (("Amsterdam", "NH"), ("Utrecht", "UT"), ("Rotterdam", "ZH"), ("Eindhoven", "NB")),
        ("Kerkstraat", "Molenweg", "Dorpsstraat", "Stationsplein"),
        _words("Daan Emma Sem Julia Lucas Mila Bram Tess Niels Fleur"),
        _words("Jansen Visser Bakker Smit Meijer Mulder Bos Vos Peters Hendriks"),
    ),
    Place(
        "CH", "Switzerland", "EMEA", "CHF", 0.88, 0.05, "41", "AG",
        ("CHE", "Switzerland", "Schweiz", "Suisse"),
        (("Zürich", "ZH"), ("Genève", "GE"), ("Basel", "BS"), ("Bern", "BE")),
        ("Seestrasse", "Dorfstrasse", "Rue du Lac", "Bergweg"),
        _words("Luca Mia Noah Elena Leon Lara Nico Alina Matteo Nora"),
        _words("Meier Keller Huber Frei Baumann Graf Brunner Gerber Favre Rochat"),
    ),
    Place(
        "SE", "Sweden", "EMEA", "SEK", 10.5, 0.05, "46", "AB",
        ("SWE", "Sweden", "Sverige", "sweden"),
        (("Stockholm", "AB"), ("Göteborg", "O"), ("Malmö", "M"), ("Uppsala", "C")),
        ("Storgatan", "Skolgatan", "Kungsgatan", "Björkvägen"),
        _words("Astrid Erik Elsa Lars Maja Nils Saga Oskar Linnéa Åke"),
        _words("Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Lindqvist Öberg"),
    ),
    Place(
        "PL", "Poland", "EMEA", "PLN", 4.0, 0.05, "48", "Sp. z o.o.",
        ("POL", "Poland", "Polska", "poland"),
        (("Warszawa", "MZ"), ("Kraków", "MA"), ("Gdańsk", "PM"), ("Wrocław", "DS")),
        ("ul. Polna", "ul. Leśna", "ul. Krótka", "ul. Ogrodowa"),
        _words("Zofia Jan Hanna Antoni Zuzanna Jakub Maja Szymon Łucja Michał"),
        _words("Nowak Kowalski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Król"),
    ),
    Place(
        "CA", "Canada", "AMER", "CAD", 1.36, 0.06, "1", "Inc.",
        ("CAN", "Canada", "CANADA", "ca"),
        (("Toronto", "ON"), ("Montréal", "QC"), ("Vancouver", "BC"), ("Calgary", "AB")),
        ("King Street", "Queen Street", "Elm Avenue", "Rue Sainte-Catherine"),
        _words("Liam Olivia Noah Charlotte William Zoé Benjamin Florence Logan Rosalie"),
        _words("Tremblay Roy Gagnon Campbell MacDonald Singh Chan Bouchard Fraser Morrison"),
    ),
    Place(
        "BR", "Brazil", "AMER", "BRL", 5.4, 0.04, "55", "Ltda.",
        ("BRA", "Brazil", "Brasil", "brazil"),
        (("São Paulo", "SP"), ("Rio de Janeiro", "RJ"), ("Curitiba", "PR"), ("Recife", "PE")),
        ("Rua das Flores", "Avenida Paulista", "Rua XV de Novembro", "Travessa do Sol"),
        _words("Ana João Beatriz Pedro Larissa Gabriel Júlia Mateus Luísa Thiago"),
        _words("Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Araújo Gonçalves"),
    ),
    Place(
        "JP", "Japan", "APAC", "JPY", 150.0, 0.05, "81", "K.K.",
        ("JPN", "Japan", "日本", "japan"),
        (("Tokyo", "Tokyo"), ("Osaka", "Osaka"), ("Kyoto", "Kyoto"), ("Sapporo", "Hokkaido")),
        ("Sakura-dori", "Chuo-dori", "Meiji-dori", "Midosuji"),
        _words("Haruto Yui Sota Aoi Yuto Hina Ren Sakura 健太 美咲"),
        _words("Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura 小林 加藤"),
    ),
    Place(
        "AU", "Australia", "APAC", "AUD", 1.52, 0.04, "61", "Pty Ltd",
        ("AUS", "Australia", "AUSTRALIA", "au"),
        (("Sydney", "NSW"), ("Melbourne", "VIC"), ("Brisbane", "QLD"), ("Perth", "WA")),
        ("George Street", "Beach Road", "Collins Street", "Victoria Parade"),
        _words("Charlie Matilda Cooper Ruby Lachlan Sienna Angus Evie Hamish Poppy"),
        _words("Kelly Ryan Murphy King Nguyen Harris Clarke Young Mitchell Campbell"),
    ),
)  # fmt: skip

NAMES = 10
"""First and last names in each country."""
TRADES = _words("Logistics Foods Design Systems Robotics Textiles Energy Media Optics Consulting")
SEGMENTS = ("consumer", "small_business", "enterprise")
ODD_TEXTS = (
    "Zoë “Quotes” O'Neill",
    'Backslash \\ and "double" quotes',
    "Line\nbreak and\ttab",
    "Emoji 🚀👩‍👩‍👧 and 漢字",
    "\ufeffByte order mark",
    "No\u00a0break, ‮right to left‬",
    "Semicolon; comma, 'apostrophe'",
    "Carriage\r\nreturn",
)
"""What people type into text fields."""
BAD_EMAILS = ("not-an-address", "two@at@example.com", "nobody@", "@example.com", "blank in@ example.com")
