"""Keep a copy of the students in SQLite: who they are, and in which group.

    pip install aiokafka
    KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python keep_students.py

Stop or kill it at any time: students and offsets are written in one transaction, so the copy always
knows which messages it holds. It needs no consumer group.
"""

import asyncio
import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
TOPIC = os.environ.get("TOPIC", "hemis.students")
COPY = os.environ.get("COPY", "students.sqlite")
TABLES = """
    PRAGMA secure_delete = ON;  -- an erased person leaves no bytes in the file
    CREATE TABLE IF NOT EXISTS students (
        hemis_id INTEGER PRIMARY KEY, full_name TEXT, group_name TEXT, content_hash TEXT);
    CREATE TABLE IF NOT EXISTS offsets (
        partition INTEGER PRIMARY KEY, next_offset INTEGER, newest TEXT);
"""
# Tombstones stay on the topic for 30 days. A reader that was away for longer may have missed one.
MISSED_TOMBSTONES = timedelta(days=30)


def apply(copy: sqlite3.Connection, record: ConsumerRecord) -> None:
    """Apply one message to the copy; a repeated or late message changes nothing."""
    headers = {name: value.decode() for name, value in record.headers}
    newest = copy.execute("SELECT newest FROM offsets WHERE partition = ?", [record.partition])
    if headers["ce_time"] >= (newest.fetchone() or [""])[0]:  # text: fixed width, always UTC
        write(copy, int(record.key), record.value, headers["content_hash"])
    copy.execute(  # offset + 1, not a count: compaction leaves gaps
        "INSERT INTO offsets VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE "
        "SET next_offset = ?2, newest = max(newest, ?3)",
        [record.partition, record.offset + 1, headers["ce_time"]],
    )


def write(copy: sqlite3.Connection, hemis_id: int, value: bytes | None, content_hash: str) -> None:
    if value is None:  # a tombstone: the person is gone
        copy.execute("DELETE FROM students WHERE hemis_id = ?", [hemis_id])
        return
    item = json.loads(value)
    group = item.get("group")  # an object; on some servers plain text; of some students nothing
    name = group.get("name") if isinstance(group, dict) else group
    copy.execute(  # every sync sends every student: the hash shows who changed
        "INSERT INTO students VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE "
        "SET full_name = ?2, group_name = ?3, content_hash = ?4 WHERE content_hash <> ?4",
        [hemis_id, item.get("full_name"), name, content_hash],
    )


async def seek_to_copy(copy: sqlite3.Connection, consumer: AIOKafkaConsumer) -> None:
    """Seek to the end of the copy, or to offset 0 if there is none or it cannot be continued."""
    held = {number: (at, newest) for number, at, newest in copy.execute("SELECT * FROM offsets")}
    ends = await consumer.end_offsets([TopicPartition(TOPIC, number) for number in held])
    was_recreated = any(end < held[topic.partition][0] for topic, end in ends.items())
    long_ago = (datetime.now(UTC) - MISSED_TOMBSTONES).isoformat()
    if was_recreated or any(newest < long_ago for _, newest in held.values()):
        copy.executescript("DELETE FROM students; DELETE FROM offsets;")
        held = {}
    for topic in consumer.assignment():
        consumer.seek(topic, held.get(topic.partition, (0,))[0])


async def main() -> None:
    os.umask(0o077)  # personal data: only the owner may read the file
    copy = sqlite3.connect(COPY)
    copy.executescript(TABLES)
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=SERVERS) as consumer:
        await seek_to_copy(copy, consumer)
        print(copy.execute("SELECT count(*) FROM students").fetchone()[0], "students in the copy")
        while True:
            batches = await consumer.getmany(timeout_ms=1000)
            with copy:  # one transaction
                for record in (record for batch in batches.values() for record in batch):
                    apply(copy, record)


if __name__ == "__main__":
    asyncio.run(main())
