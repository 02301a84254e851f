// Keep a copy of the students in a JSON file: who they are, and in which group.
//
//   umask 077                               # these are people: the file is for its owner only
//   java -cp 'jars/*' KeepStudents.java     # kafka-clients, jackson-databind, slf4j-simple
//
// Kill it whenever you like: students and offsets are in one file, which is replaced as a whole.
// It needs no consumer group.

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.*;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class KeepStudents {
    static final String SERVERS = env("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092");
    static final String TOPIC = env("TOPIC", "hemis.students");
    static final Path COPY = Path.of(env("COPY", "students.json"));
    // Tombstones stay on the topic for 30 days. Who was away for longer may have missed one.
    static final Duration MISSED_TOMBSTONES = Duration.ofDays(30);
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws IOException {
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS, "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            var places = consumer.partitionsFor(TOPIC).stream()
                .map(found -> new TopicPartition(TOPIC, found.partition())).toList();
            var copy = Files.exists(COPY) ? (ObjectNode) JSON.readTree(COPY.toFile()) : empty();
            if (!isUsable(copy, consumer.endOffsets(places))) copy = empty();
            System.out.println(copy.get("students").size() + " students in the copy");
            consumer.assign(places);
            for (var place : places) consumer.seek(place, next(copy, place));
            while (true) {
                var records = consumer.poll(Duration.ofSeconds(1));
                for (var record : records) apply(copy, record);
                if (!records.isEmpty()) save(copy);
            }
        }
    }

    /** Bring one message into the copy; the same one twice, or one too late, changes nothing. */
    static void apply(ObjectNode copy, ConsumerRecord<String, byte[]> record) throws IOException {
        var partition = String.valueOf(record.partition());
        var students = (ObjectNode) copy.get("students");
        var time = new String(record.headers().lastHeader("ce_time").value());  // fixed width, UTC
        if (time.compareTo(copy.get("newest").path(partition).asText("")) >= 0) {
            if (record.value() == null) students.remove(record.key());  // a tombstone: gone
            else students.set(record.key(), student(JSON.readTree(record.value())));
            ((ObjectNode) copy.get("newest")).put(partition, time);
        }
        // The next offset is no count: compaction leaves gaps.
        ((ObjectNode) copy.get("next")).put(partition, record.offset() + 1);
    }

    static ObjectNode student(JsonNode item) {
        var group = item.path("group");  // an object; of some servers bare text; of some students nothing
        var name = group.isTextual() ? group : group.path("name");
        return JSON.createObjectNode().put("name", text(item.path("full_name"))).put("group", text(name));
    }

    /** Can reading go on where the copy ends? */
    static boolean isUsable(ObjectNode copy, Map<TopicPartition, Long> ends) {
        var longAgo = Instant.now().minus(MISSED_TOMBSTONES).toString();
        for (var time : copy.get("newest")) if (time.asText().compareTo(longAgo) < 0) return false;
        // An end before it means that the topic was made anew.
        return ends.entrySet().stream().allMatch(end -> next(copy, end.getKey()) <= end.getValue());
    }

    static long next(ObjectNode copy, TopicPartition place) {
        return copy.get("next").path(String.valueOf(place.partition())).asLong(0);
    }

    static void save(ObjectNode copy) throws IOException {
        var fresh = Path.of(COPY + ".new");
        Files.write(fresh, JSON.writeValueAsBytes(copy), CREATE, TRUNCATE_EXISTING, WRITE, DSYNC);
        Files.move(fresh, COPY, ATOMIC_MOVE);
    }

    static ObjectNode empty() {
        var copy = JSON.createObjectNode();
        for (var name : List.of("next", "newest", "students")) copy.putObject(name);
        return copy;
    }

    static String text(JsonNode node) {
        return node.isTextual() ? node.asText() : null;
    }

    static String env(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
