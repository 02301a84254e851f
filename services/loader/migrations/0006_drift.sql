-- Fields that a sync brought and nobody here knows, until they are said on the progress topic.
-- Before the first release this file was 0007.

DELETE FROM migrations WHERE name = '0007_drift.sql';
CREATE TABLE IF NOT EXISTS sync_drift (
    sync_id  text PRIMARY KEY,
    resource text   NOT NULL,
    fields   text[] NOT NULL,
    said_at  timestamptz
);
COMMENT ON TABLE  sync_drift IS 'What HEMIS sends and nobody here knows, by sync, until it is reported';
COMMENT ON COLUMN sync_drift.fields IS 'Names only, at most 50; the values are in extra';
COMMENT ON COLUMN sync_drift.said_at IS 'When it was last published; gone as soon as the topic shows it';
