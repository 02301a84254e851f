// Keep a copy of the students in a JSON file: who they are, and in which group.
//
//   umask 077                               # personal data: only the owner may read the file
//   java -cp 'jars/*' KeepStudents.java     # kafka-clients, jackson-databind, slf4j-simple
//
// Stop or kill it at any time: students and offsets are in one file, which is replaced as a whole.

import static java.nio.file.StandardOpenOption.*;
import com.fasterxml.jackson.databind.*;
import java.nio.file.*;
import java.time.*;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public class KeepStudents {
    static final String SERVERS = System.getenv().getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092");
    static final String TOPIC = System.getenv().getOrDefault("TOPIC", "hemis.students");
    static final Path COPY = Path.of(System.getenv().getOrDefault("COPY", "students.json"));
    // Tombstones stay on the topic for 30 days. A reader that was away for longer may have missed one.
    static final Duration MISSED_TOMBSTONES = Duration.ofDays(30);
    static final ObjectMapper JSON = new ObjectMapper();

    record Student(String name, String group) {}
    /** Students by key; for each partition the next offset and the newest ce_time. */
    record Copy(Map<Integer, Long> next, Map<Integer, String> newest, Map<String, Student> students) {
        static Copy read(Map<TopicPartition, Long> ends) throws Exception {
            var empty = new Copy(new HashMap<>(), new HashMap<>(), new HashMap<>());
            var copy = Files.exists(COPY) ? JSON.readValue(COPY.toFile(), Copy.class) : empty;
            var longAgo = Instant.now().minus(MISSED_TOMBSTONES).toString();
            var missed = copy.newest.values().stream().anyMatch(time -> time.compareTo(longAgo) < 0);
            // An end before our next offset means that the topic was created again.
            var recreated = ends.entrySet().stream().anyMatch(end -> copy.next(end.getKey()) > end.getValue());
            return missed || recreated ? empty : copy;
        }

        long next(TopicPartition topic) { return next.getOrDefault(topic.partition(), 0L); }
        /** Applies one message to the copy; a repeated or late message changes nothing. */
        void apply(ConsumerRecord<String, byte[]> record) throws Exception {
            var time = new String(record.headers().lastHeader("ce_time").value());  // fixed width, UTC
            if (time.compareTo(newest.getOrDefault(record.partition(), "")) >= 0) {
                if (record.value() == null) students.remove(record.key());  // a tombstone: gone
                else students.put(record.key(), student(JSON.readTree(record.value())));
                newest.put(record.partition(), time);
            }
            next.put(record.partition(), record.offset() + 1);  // not a count: compaction leaves gaps
        }

        void save() throws Exception {
            var fresh = Path.of(COPY + ".new");
            Files.write(fresh, JSON.writeValueAsBytes(this), CREATE, TRUNCATE_EXISTING, WRITE, DSYNC);
            Files.move(fresh, COPY, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    static Student student(JsonNode item) {
        var group = item.path("group");  // an object, plain text, or nothing
        var name = group.isTextual() ? group : group.path("name");
        return new Student(item.path("full_name").textValue(), name.textValue());
    }

    public static void main(String[] args) throws Exception {
        // No consumer group: the copy holds the offsets.
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS, "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(TOPIC).stream()
                .map(found -> new TopicPartition(TOPIC, found.partition())).toList();
            var copy = Copy.read(consumer.endOffsets(partitions));
            System.out.println(copy.students.size() + " students in the copy");
            consumer.assign(partitions);
            for (var partition : partitions) consumer.seek(partition, copy.next(partition));
            while (true) {
                var records = consumer.poll(Duration.ofSeconds(1));
                for (var record : records) copy.apply(record);
                if (!records.isEmpty()) copy.save();
            }
        }
    }
}
