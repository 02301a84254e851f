"""What ``student-info`` adds to the list's item: the transcript and the documents."""

import msgspec

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice

_SUBJECTS = ("Oliy matematika", "Falsafa", "Xorijiy til", "Dasturlash", "O‘zbek tili", "Fizika")
_DOCUMENTS = ("O‘qish joyidan ma’lumotnoma", "Reyting daftarchasi")


def details(seed: int, item: Item) -> Item:
    """Subjects and documents of this item's student, always the same for the same id."""
    hemis_id = item.get("id")
    dice = Dice(seed, "details", hemis_id if isinstance(hemis_id, int) else 0)
    return {
        "subjects": [_subject(dice, name) for name in _SUBJECTS],
        "documents": [_document(name, place, hemis_id) for place, name in enumerate(_DOCUMENTS)],
    }


def with_details(seed: int, item: Item, listed: msgspec.Raw) -> msgspec.Raw:
    """The list item's own bytes, and the details behind its last field."""
    extra = msgspec.json.encode(details(seed, item))
    return msgspec.Raw(bytes(listed).rstrip()[:-1] + b"," + extra[1:])


def _subject(dice: Dice, name: str) -> Item:
    return {
        "subject": {"code": f"F{dice.number(10_000):04}", "name": name},
        "credit": 4 + dice.number(3),
        "total_point": 55 + dice.number(46),
        "grade": 3 + dice.number(3),
    }


def _document(name: str, place: int, hemis_id: object) -> Item:
    link = f"https://hemis.example.uz/static/documents/{hemis_id}-{place}.pdf"
    return {"name": name, "file": "pdf", "type": "reference", "attributes": [], "link": link}
