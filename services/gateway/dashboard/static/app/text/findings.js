// Translated texts for the findings of `hemis doctor`. Pure.

// Codes with the same title and advice share a text.
const CODES = {
  kafka_away: ["kafka_away"],
  kafka_login: ["kafka_login_refused"],
  kafka_rights: ["kafka_not_authorized"],
  kafka_brokers: ["kafka_no_leader", "kafka_too_few_replicas", "kafka_replication", "topic_without_leader", "topic_too_few_in_sync"],
  kafka_settings: ["kafka_topic_refused", "kafka_policy", "kafka_version", "kafka_timestamp", "kafka_session_timeout"],
  kafka_group: ["kafka_group_used"],
  kafka_damaged: ["kafka_record_damaged"],
  message_limit: ["kafka_message_limit", "topic_message_limit"],
  topic_settings: [
    "topic_missing", "topic_partitions", "topic_cleanup_policy", "topic_retention", "topic_unclean_election",
    "topic_min_insync", "topic_compaction",
  ],
  topics_unread: ["topics_unread"],
  hemis_away: [
    "hemis_away", "hemis_address_unknown", "hemis_refuses_connection", "hemis_silent", "hemis_unreachable", "hemis_no_tls",
  ],
  hemis_proxy: ["proxy_unreachable", "proxy_refuses"],
  hemis_certificate: ["hemis_certificate_expired", "hemis_certificate_expires_soon", "hemis_certificate_untrusted"],
  hemis_token: ["hemis_token_refused", "hemis_token_without_right"],
  hemis_answer: ["hemis_answers_no_json", "hemis_list_missing", "hemis_rejects"],
  hemis_empty: ["hemis_lists_nobody"],
  hemis_failing: ["hemis_in_trouble"],
  database_away: ["database_away"],
  database_disk: ["database_disk_full", "database_disk_low"],
  database_rights: ["database_rights_missing"],
  database_address: ["database_read_only", "database_missing"],
  database_limit: ["database_connections_full", "database_memory_full", "database_limit_reached"],
  database_damaged: ["database_damaged", "database_configuration"],
  database_rules: ["records_refused_alike", "own_trigger_fails", "foreign_table_fails"],
  rows_not_removed: ["rows_not_removed"],
  migration_waits: ["migration_waits"],
  schema: ["schema_newer", "migrations_missing"],
  clock: ["clock_differs"],
  loading_paused: ["loading_paused"],
  service_silent: ["service_not_seen"],
  service_ended: ["service_ended"],
};
const TEXT_OF = Object.fromEntries(Object.entries(CODES).flatMap(([name, codes]) => codes.map((code) => [code, name])));

/** Returns { title, advice }, or null for a code without a translation. */
export function findingText(code, t) {
  const name = TEXT_OF[code];
  return name ? { title: t(`finding.${name}.title`), advice: t(`finding.${name}.advice`) } : null;
}
