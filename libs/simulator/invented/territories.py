"""Country, provinces and districts (h_soato codes; the districts are invented)."""

from collections.abc import Mapping

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice

COUNTRY = {"code": "UZ", "name": "O‘zbekiston"}

_DISTRICTS = ("Bog‘ishamol", "Guliston", "Navbahor", "Oqtepa", "Yangihayot", "Zarkent")

_PROVINCE_NAMES = {
    "1703": "Andijon viloyati",
    "1706": "Buxoro viloyati",
    "1708": "Jizzax viloyati",
    "1710": "Qashqadaryo viloyati",
    "1712": "Navoiy viloyati",
    "1714": "Namangan viloyati",
    "1718": "Samarqand viloyati",
    "1722": "Surxondaryo viloyati",
    "1724": "Sirdaryo viloyati",
    "1726": "Toshkent shahri",
    "1727": "Toshkent viloyati",
    "1730": "Farg‘ona viloyati",
    "1733": "Xorazm viloyati",
    "1735": "Qoraqalpog‘iston Respublikasi",
}
_PROVINCES = tuple(
    {"code": code, "name": name, "_parent": code} for code, name in _PROVINCE_NAMES.items()
)
_DISTRICTS_OF: Mapping[str, tuple[Mapping[str, str], ...]] = {
    code: tuple(
        {"code": f"{code}{200 + 4 * place}", "name": f"{name} tumani", "_parent": code}
        for place, name in enumerate(_DISTRICTS)
    )
    for code in _PROVINCE_NAMES
}


def residence(dice: Dice) -> Item:
    """Where a student comes from and where they live now, which is often not known."""
    home = dice.pick(_PROVINCES)
    now = dice.pick((None, *_PROVINCES))
    return {
        "country": COUNTRY,
        "province": home,
        "currentProvince": now,
        "district": dice.pick(_DISTRICTS_OF[home["code"]]),
        "currentDistrict": dice.pick((None, *_DISTRICTS_OF[now["code"]])) if now else None,
        "terrain": None,
        "currentTerrain": None,
    }
