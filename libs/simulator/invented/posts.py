"""Who sits on which post: places in the employees' list (posts) and the people who hold them."""

from typing import NamedTuple

# One round of 20 posts: the person of each, counted from 0. 16 people; 3 of them hold more.
_ROUND = (0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 9, 10, 11, 12, 13, 14, 15)
_PEOPLE = _ROUND[-1] + 1


class Post(NamedTuple):
    person: int
    ordinal: int
    """Of this person's posts, from 0."""


def post_at(n: int) -> Post:
    turn, seat = divmod(n, len(_ROUND))
    return Post(turn * _PEOPLE + _ROUND[seat], seat - _ROUND.index(_ROUND[seat]))


def posts_of(person: int) -> list[int]:
    """The places of a person's posts, side by side before the listing's order is applied."""
    turn, member = divmod(person, _PEOPLE)
    return [turn * len(_ROUND) + seat for seat, owner in enumerate(_ROUND) if owner == member]
