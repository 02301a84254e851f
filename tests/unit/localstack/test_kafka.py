"""A folder's name as Kafka reads it from its file of properties."""

import pytest

from libs.localstack.kafka import as_property


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("/srv/hemis", "/srv/hemis"),
        ('/srv/a b\'s "c"=#!', '/srv/a b\'s "c"=#!'),
        ("/srv/ҳемис", "/srv/\\u04b3\\u0435\\u043c\\u0438\\u0441"),
        ("/srv/a\\b", "/srv/a\\\\b"),
        ("/srv/é", "/srv/\\u00e9"),
        ("/srv/😀", "/srv/\\ud83d\\ude00"),
        ("/srv/a\tb", "/srv/a\\u0009b"),
    ],
)
def test_a_name_of_any_letters_is_written_as_java_reads_it(name: str, written: str) -> None:
    assert as_property(name) == written
