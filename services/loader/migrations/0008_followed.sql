-- Counts become bigint, as numbers from outside may be large. A table notes how far a topic was read.

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
    -- A view of the university's own uses these columns. What is too large for them is then left out,
    -- and logged.
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
COMMENT ON TABLE  followed IS 'How far a topic was read, so that a starting loader does not read all of it';
COMMENT ON COLUMN followed.next_offset IS 'Offset from which a start reads; nothing is left to do for earlier messages';
COMMENT ON COLUMN followed.last_offset IS 'Offset of the last message that was read';
COMMENT ON COLUMN followed.last_message IS 'Fingerprint of that message; it differs in a topic that was recreated or lost its end';
