"""Fields that both lists have: pictures, hashes and the times of change."""

from datetime import UTC, datetime

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice

_FILES = "https://hemis.example.uz/static"
# A fixed day: an item must be the same bytes whenever it is asked for.
_NEWEST = int(datetime(2025, 12, 31, tzinfo=UTC).timestamp())


def pictures(dice: Dice) -> Item:
    name = f"{dice.number(10**9):010}.jpg"
    return {
        "image": f"{_FILES}/crop/0/0/320_320_90_{name}",
        "image_full": f"{_FILES}/uploads/{name}",
    }


def stamps(dice: Dice, year: int) -> Item:
    """Created in the autumn of ``year``, changed some time after."""
    created = int(datetime(year, 9, 1, tzinfo=UTC).timestamp()) + dice.number(60 * 86_400)
    return {
        "created_at": created,
        "updated_at": created + dice.number(max(_NEWEST - created, 1)),
    }
