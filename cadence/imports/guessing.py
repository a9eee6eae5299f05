"""Where nothing in a file decides: how a country mostly writes its numbers."""

from cadence.imports.numbers import Style

# ISO 3166-1. A point before the decimals, among those that are often met; else mostly a comma.
_POINT = (
    "AU BD BW CH CN DO EG GB GH GT HK HN IE IL IN JM JO JP KE KR LK MM MO MT MX MY MZ NG NI NP NZ "
    "PA PH PK PR SG SV TH TW UG US ZM ZW"
)


def likely_style(country: str) -> Style:
    """The likelier mark of a country, by its code; a point where no country is named."""
    return "point" if not country or country in _POINT.split() else "comma"
