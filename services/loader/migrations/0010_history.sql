-- When each row came, since when HEMIS no longer lists it, and what updates changed.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['students', 'employee_positions', 'employees', 'departments'] LOOP
        -- Rows that are there already keep NULL: nobody noted when they were first written.
        EXECUTE format('ALTER TABLE %I ADD COLUMN first_seen_at timestamptz', name);
        EXECUTE format('ALTER TABLE %I ALTER COLUMN first_seen_at SET DEFAULT now()', name);
        EXECUTE format('ALTER TABLE %I ADD COLUMN unlisted_since timestamptz', name);
        EXECUTE format(
            'COMMENT ON COLUMN %I.first_seen_at IS %L', name,
            'When this row was first written; NULL: before hemis-sync noted it'
        );
        EXECUTE format(
            'COMMENT ON COLUMN %I.unlisted_since IS %L', name,
            'Start of the first complete full sync that did not list it; NULL: HEMIS lists it'
        );
    END LOOP;
END $$;

CREATE TABLE changes (
    resource     text        NOT NULL,
    hemis_id     bigint      NOT NULL,
    position_key text,
    sync_id      text        NOT NULL,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    columns      jsonb       NOT NULL
) PARTITION BY RANGE (changed_at);
COMMENT ON TABLE  changes IS 'One row per update of a row; kept for CHANGES_KEEP_DAYS';
COMMENT ON COLUMN changes.resource IS 'students, employees or departments';
COMMENT ON COLUMN changes.hemis_id IS 'HEMIS id of the row that changed';
COMMENT ON COLUMN changes.position_key IS 'With resource employees: which of the person''s positions changed';
COMMENT ON COLUMN changes.sync_id IS 'The sync that brought the change; see syncs';
COMMENT ON COLUMN changes.changed_at IS 'When the row was updated';
COMMENT ON COLUMN changes.columns IS 'The columns that changed: {"group_name": ["101-24", "201-24"]} is from 101-24 to 201-24';
CREATE INDEX changes_row ON changes (resource, hemis_id);
CREATE INDEX changes_time ON changes USING brin (changed_at);
-- What no month's partition takes, so that a missing partition never keeps a record from being loaded.
CREATE TABLE changes_default PARTITION OF changes DEFAULT;

-- With the rights of the owner of the schema, since only the owner may create or drop a partition.
-- A step that fails is a warning: nothing is lost by a missing partition, or by one that is kept.
CREATE FUNCTION keep_changes(days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '2s' AS $$
DECLARE
    today timestamp := now() AT TIME ZONE 'UTC';
    month timestamp;
    old text;
BEGIN
    IF NOT has_table_privilege(session_user, 'changes', 'INSERT') THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied for table changes';
    END IF;
    PERFORM pg_advisory_xact_lock(4877022);
    FOREACH month IN ARRAY ARRAY[date_trunc('month', today),
                                 date_trunc('month', today) + interval '1 month'] LOOP
        CONTINUE WHEN to_regclass('changes_' || to_char(month, 'YYYY_MM')) IS NOT NULL;
        BEGIN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF changes FOR VALUES FROM (%L) TO (%L)',
                'changes_' || to_char(month, 'YYYY_MM'),
                month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
            );
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'no partition of changes for %: %', month, SQLERRM;
        END;
    END LOOP;
    FOR old IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'changes'::regclass AND CASE
            WHEN relname ~ '^changes_[0-9]{4}_(0[1-9]|1[0-2])$'
            THEN to_date(right(relname, 7), 'YYYY_MM') + interval '1 month'
                 <= today - make_interval(days => days)
        END
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE %I', old);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '% is kept: %', old, SQLERRM;
        END;
    END LOOP;
    DELETE FROM changes_default WHERE changed_at <= now() - make_interval(days => days);
END $$;
COMMENT ON FUNCTION keep_changes IS 'Creates the partitions of changes for this month and the next; drops those older than so many days';
SELECT keep_changes(36500);
