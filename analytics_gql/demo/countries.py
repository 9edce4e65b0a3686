"""The countries of the world that the demo knows: those of its markets and some more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO 3166 code, its currency by that of ISO 4217; people are rounded."""

    code: str
    name: str
    region: str
    currency: str
    population: int


WORLD = (
    Country("AR", "Argentina", "South America", "ARS", 45_700_000),
    Country("AT", "Austria", "Europe", "EUR", 9_200_000),
    Country("AU", "Australia", "Oceania", "AUD", 27_000_000),
    Country("BE", "Belgium", "Europe", "EUR", 11_800_000),
    Country("BR", "Brazil", "South America", "BRL", 212_000_000),
    Country("CA", "Canada", "North America", "CAD", 40_000_000),
    Country("CH", "Switzerland", "Europe", "CHF", 9_000_000),
    Country("CL", "Chile", "South America", "CLP", 19_800_000),
    Country("CZ", "Czechia", "Europe", "CZK", 10_900_000),
    Country("DE", "Germany", "Europe", "EUR", 84_000_000),
    Country("DK", "Denmark", "Europe", "DKK", 6_000_000),
    Country("EG", "Egypt", "Africa", "EGP", 116_000_000),
    Country("ES", "Spain", "Europe", "EUR", 49_000_000),
    Country("FI", "Finland", "Europe", "EUR", 5_600_000),
    Country("FR", "France", "Europe", "EUR", 68_000_000),
    Country("GB", "United Kingdom", "Europe", "GBP", 69_000_000),
    Country("ID", "Indonesia", "Asia", "IDR", 283_000_000),
    Country("IE", "Ireland", "Europe", "EUR", 5_400_000),
    Country("IN", "India", "Asia", "INR", 1_450_000_000),
    Country("IT", "Italy", "Europe", "EUR", 59_000_000),
    Country("JP", "Japan", "Asia", "JPY", 124_000_000),
    Country("KE", "Kenya", "Africa", "KES", 56_000_000),
    Country("KR", "South Korea", "Asia", "KRW", 51_700_000),
    Country("MX", "Mexico", "North America", "MXN", 131_000_000),
    Country("NL", "Netherlands", "Europe", "EUR", 18_000_000),
    Country("NO", "Norway", "Europe", "NOK", 5_600_000),
    Country("NZ", "New Zealand", "Oceania", "NZD", 5_300_000),
    Country("PL", "Poland", "Europe", "PLN", 37_500_000),
    Country("PT", "Portugal", "Europe", "EUR", 10_700_000),
    Country("SE", "Sweden", "Europe", "SEK", 10_600_000),
    Country("SG", "Singapore", "Asia", "SGD", 6_000_000),
    Country("US", "United States", "North America", "USD", 340_000_000),
    Country("ZA", "South Africa", "Africa", "ZAR", 64_000_000),
)

COUNTRIES = """
INSERT INTO gold.countries
SELECT
  code, name, region, currency, population,
  TIMESTAMP '2025-01-01 03:00:00' + to_days(draw(md5('country:' || code), 0) % 365) AS updated_at
FROM world
ORDER BY code
"""
