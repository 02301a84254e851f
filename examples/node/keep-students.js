// Keep a copy of the students in a JSON file: who they are, and in which group.
//
//   npm ci
//   KAFKA_BOOTSTRAP_SERVERS=localhost:9092 node keep-students.js
//
// Stop or kill it at any time: students and offsets are in one file, which is replaced as a whole.

const fs = require('node:fs')
const { Kafka, logLevel } = require('kafkajs')

const SERVERS = process.env.KAFKA_BOOTSTRAP_SERVERS ?? 'localhost:9092'
const TOPIC = process.env.TOPIC ?? 'hemis.students'
const COPY = process.env.COPY ?? 'students.json'
const GROUP = process.env.GROUP ?? 'keep-students' // kafkajs needs one; its offsets are not used

// Tombstones stay on the topic for 30 days. A reader that was away for longer may have missed one.
const MISSED_TOMBSTONES_MS = 30 * 24 * 3600 * 1000

function read() {
  if (!fs.existsSync(COPY)) return { next: {}, newest: {}, students: {} }
  return JSON.parse(fs.readFileSync(COPY, 'utf8'))
}

function save(copy) {
  const file = fs.openSync(`${COPY}.new`, 'w')
  fs.writeFileSync(file, JSON.stringify(copy))
  fs.fsyncSync(file)
  fs.closeSync(file)
  fs.renameSync(`${COPY}.new`, COPY)
}

// Applies one message to the copy; a repeated or late message changes nothing.
function apply(copy, partition, { offset, key, value, headers }) {
  const time = headers.ce_time.toString() // compared as text: fixed width, always UTC
  const newest = copy.newest[partition] ?? ''
  if (time >= newest) {
    if (value === null) delete copy.students[key] // a tombstone: the person is gone
    else copy.students[key] = student(JSON.parse(value))
    copy.newest[partition] = time
  }
  copy.next[partition] = Number(offset) + 1 // not a count: compaction leaves gaps
}

function student({ full_name: name, group }) {
  // An object; on some servers plain text; of some students nothing.
  return { name, group: typeof group === 'string' ? group : group?.name ?? null }
}

// Can the copy be continued?
function isUsable(copy, offsets) {
  const longAgo = new Date(Date.now() - MISSED_TOMBSTONES_MS).toISOString()
  const wasRecreated = offsets.some(({ partition, high }) => Number(high) < (copy.next[partition] ?? 0))
  return !wasRecreated && Object.values(copy.newest).every((time) => time >= longAgo)
}

async function main() {
  process.umask(0o077) // personal data: only the owner may read the file
  const kafka = new Kafka({ brokers: SERVERS.split(','), logLevel: logLevel.WARN })
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(TOPIC)
  await admin.disconnect()

  let copy = read()
  if (!isUsable(copy, offsets)) copy = { next: {}, newest: {}, students: {} }
  console.log(`${Object.keys(copy.students).length} students in the copy`)

  const consumer = kafka.consumer({ groupId: GROUP, sessionTimeout: 6000, heartbeatInterval: 2000 })
  // The copy holds the offsets, not the group: messages that were read and not saved would be lost.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    for (const partition of payload.memberAssignment[TOPIC] ?? []) {
      consumer.seek({ topic: TOPIC, partition, offset: String(copy.next[partition] ?? 0) })
    }
  })
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) apply(copy, batch.partition, message)
      save(copy)
    },
  })
}

main()
