-- Wider counts, as what comes from outside may be large; and from where the progress topic is read.

DO $$
BEGIN
    ALTER TABLE syncs
        ALTER COLUMN attempt TYPE bigint,
        ALTER COLUMN source_total TYPE bigint,
        ALTER COLUMN fetched TYPE bigint,
        ALTER COLUMN distinct_records TYPE bigint,
        ALTER COLUMN missing TYPE bigint,
        ALTER COLUMN departed TYPE bigint,
        ALTER COLUMN inserted TYPE bigint,
        ALTER COLUMN updated TYPE bigint,
        ALTER COLUMN unchanged TYPE bigint,
        ALTER COLUMN rejected TYPE bigint,
        ALTER COLUMN retries TYPE bigint,
        ALTER COLUMN failed_pages TYPE bigint[],
        ALTER COLUMN suppressed TYPE bigint;
    ALTER TABLE removals
        ALTER COLUMN missing TYPE bigint,
        ALTER COLUMN vacated TYPE bigint,
        ALTER COLUMN allowed TYPE bigint,
        ALTER COLUMN removed TYPE bigint,
        ALTER COLUMN undecided TYPE bigint;
EXCEPTION
    -- A view of somebody's own uses them. What is too large for a column is then left out, and said.
    WHEN feature_not_supported THEN
        RAISE WARNING 'the counts in syncs and removals stay integer: %', SQLERRM;
END $$;

CREATE TABLE followed (
    topic        text   PRIMARY KEY,
    next_offset  bigint NOT NULL,
    last_offset  bigint NOT NULL,
    last_message text   NOT NULL,
    noted_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  followed IS 'How far a topic was read, so that a loader that starts need not read all of it';
COMMENT ON COLUMN followed.next_offset IS 'Offset of the first message to read: all before it is settled';
COMMENT ON COLUMN followed.last_offset IS 'Offset of the last message that was read';
COMMENT ON COLUMN followed.last_message IS 'Its fingerprint, to notice a topic made anew or one that lost its end';
