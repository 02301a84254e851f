-- Rows that should be gone but that PostgreSQL refuses to remove: tried again until it succeeds.

CREATE TABLE undeleted (
    resource  text        NOT NULL,
    key       text        NOT NULL,
    sync_id   text        NOT NULL,
    gone_at   timestamptz NOT NULL,
    deletes   boolean     NOT NULL,
    reason    text        NOT NULL,
    tried_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource, key)
);
COMMENT ON TABLE  undeleted IS 'Rows that are gone at the source and could not be removed here yet';
COMMENT ON COLUMN undeleted.sync_id IS 'The sync whose removals count the row once it is removed';
COMMENT ON COLUMN undeleted.deletes IS 'Whether the row is to be deleted, or to be marked by removed_at';
COMMENT ON COLUMN undeleted.reason IS 'Why it was refused: an error with table and constraint; empty while its tombstone is not loaded yet';

-- A sync may find several people erased whom a backup brought back.
CREATE TABLE erasures (
    sync_id   text        NOT NULL,
    resource  text        NOT NULL,
    hemis_id  bigint      NOT NULL,
    reason    text        NOT NULL,
    announced boolean     NOT NULL DEFAULT false,
    tried_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sync_id, hemis_id)
);
COMMENT ON TABLE  erasures IS 'Erasures with a row left, or whose result is not published yet; others are deleted';
COMMENT ON COLUMN erasures.reason IS 'Why it was refused; empty when no row of the person is left';
