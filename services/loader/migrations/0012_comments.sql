-- Comments for the tables that are not for queries, and for every column that had none.

COMMENT ON TABLE syncs IS 'One row per sync, with its report; sync_history is the view to query';
COMMENT ON COLUMN syncs.sync_id IS 'Identifies the sync in the API, the logs and the topics';
COMMENT ON COLUMN syncs.resource IS 'students, employees or departments';
COMMENT ON COLUMN syncs.kind IS 'full (a whole list) or single (one person)';
COMMENT ON COLUMN syncs.mode IS 'full or incremental (only what changed)';
COMMENT ON COLUMN syncs.trigger IS 'What started it: manual, schedule, resume, retry or heal';
COMMENT ON COLUMN syncs.requested_by IS 'Name of the API key that asked for it; NULL without keys and for the schedule';
COMMENT ON COLUMN syncs.attempt IS '1, and one more for each time it was resumed';
COMMENT ON COLUMN syncs.started_at IS 'When it started';
COMMENT ON COLUMN syncs.ended_at IS 'When it ended; NULL while it runs';
COMMENT ON COLUMN syncs.outcome IS 'completed, failed, cancelled; of single records also not_found, mismatch; NULL while it runs';
COMMENT ON COLUMN syncs.reason IS 'Why it failed, or is not complete';
COMMENT ON COLUMN syncs.source_total IS 'Records that HEMIS counted';
COMMENT ON COLUMN syncs.fetched IS 'Records that came, repeated ones too';
COMMENT ON COLUMN syncs.distinct_records IS 'Different records that came';
COMMENT ON COLUMN syncs.missing IS 'Records that HEMIS counted and did not list';
COMMENT ON COLUMN syncs.departed IS 'Records that came and that HEMIS no longer counted at the end';
COMMENT ON COLUMN syncs.inserted IS 'Rows that were new';
COMMENT ON COLUMN syncs.updated IS 'Rows that changed';
COMMENT ON COLUMN syncs.unchanged IS 'Rows that were as HEMIS has them already';
COMMENT ON COLUMN syncs.rejected IS 'Records that cannot be loaded; each is a dead letter with its reason';
COMMENT ON COLUMN syncs.retries IS 'Requests to HEMIS that were repeated';
COMMENT ON COLUMN syncs.failed_pages IS 'Numbers of the pages that failed';
COMMENT ON COLUMN syncs.hemis_ids IS 'Of a single sync: the person';

COMMENT ON TABLE offsets IS 'Internal. How far each partition is loaded, and which loader may write';
COMMENT ON COLUMN offsets.topic IS 'Topic';
COMMENT ON COLUMN offsets.partition IS 'Number of the partition';

COMMENT ON TABLE sync_effects IS 'Internal. What became of each key in a running sync, so that a page that is read twice counts once';
COMMENT ON COLUMN sync_effects.id IS 'Order of the entries';
COMMENT ON COLUMN sync_effects.sync_id IS 'The sync';
COMMENT ON COLUMN sync_effects.topic IS 'Topic';
COMMENT ON COLUMN sync_effects.partition IS 'Number of the partition';
COMMENT ON COLUMN sync_effects.effect IS 'inserted, updated, unchanged or rejected';
COMMENT ON COLUMN sync_effects.keys IS 'Keys of the records';

COMMENT ON TABLE sync_drift IS 'Internal. Unknown fields that HEMIS sends, by sync, until they are reported';
COMMENT ON COLUMN sync_drift.sync_id IS 'The sync';
COMMENT ON COLUMN sync_drift.resource IS 'students, employees or departments';

COMMENT ON TABLE wishes IS 'Internal. Records refused as older than what is known; they are fetched from HEMIS again';
COMMENT ON COLUMN wishes.resource IS 'students, employees or departments';
COMMENT ON COLUMN wishes.key IS 'Key of the record';
COMMENT ON COLUMN wishes.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN wishes.asked IS 'How often it was requested';
COMMENT ON COLUMN wishes.asked_at IS 'When it was requested last';
COMMENT ON COLUMN wishes.wished_at IS 'When it was refused';

COMMENT ON TABLE removals IS 'Internal. One row per complete sync that did not see all rows: what becomes of the others';
COMMENT ON COLUMN removals.sync_id IS 'The sync';
COMMENT ON COLUMN removals.resource IS 'students, employees or departments';
COMMENT ON COLUMN removals.revision IS 'One higher with each change of the row';
COMMENT ON COLUMN removals.announced_revision IS 'The newest revision that the progress topic was seen to hold';

COMMENT ON TABLE unseen IS 'Internal. Keys of rows that a complete sync did not see, until HEMIS was asked for each';
COMMENT ON COLUMN unseen.resource IS 'students, employees or departments';
COMMENT ON COLUMN unseen.key IS 'Key of the record';
COMMENT ON COLUMN unseen.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN unseen.id_number IS 'Number by which HEMIS is asked';
COMMENT ON COLUMN unseen.sync_id IS 'The sync that did not see it';
COMMENT ON COLUMN unseen.vacated IS 'Whether the sync saw another position of the same person';
COMMENT ON COLUMN unseen.asked_at IS 'When HEMIS was last asked';

COMMENT ON TABLE undeleted IS 'Internal. Rows that are gone at the source and that PostgreSQL refused to remove';
COMMENT ON COLUMN undeleted.resource IS 'students, employees or departments';
COMMENT ON COLUMN undeleted.key IS 'Key of the record';
COMMENT ON COLUMN undeleted.gone_at IS 'When it was found to be gone';
COMMENT ON COLUMN undeleted.tried_at IS 'When the removal was last tried';

COMMENT ON TABLE erasures IS 'Internal. Erasures with a row left, or whose result is not published yet';
COMMENT ON COLUMN erasures.sync_id IS 'The erasure';
COMMENT ON COLUMN erasures.resource IS 'students or employees';
COMMENT ON COLUMN erasures.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN erasures.announced IS 'Whether the result was published';
COMMENT ON COLUMN erasures.tried_at IS 'When it was last tried';

COMMENT ON TABLE followed IS 'Internal. How far a topic was read, so that a starting loader does not read all of it';
COMMENT ON COLUMN followed.topic IS 'Topic';
COMMENT ON COLUMN followed.noted_at IS 'When it was noted';

COMMENT ON TABLE installation IS 'Internal. One row: when this schema was created';
COMMENT ON COLUMN installation.database_epoch IS 'Unix milliseconds; counts of another database do not go on in this one';

COMMENT ON TABLE migrations IS 'Internal. Which versions of the schema were applied';
COMMENT ON COLUMN migrations.name IS 'File of the migration';
COMMENT ON COLUMN migrations.applied_at IS 'When it was applied';
