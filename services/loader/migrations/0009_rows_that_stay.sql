-- Rows that should be gone, and that PostgreSQL does not let go: tried again until it does.

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
COMMENT ON TABLE  undeleted IS 'Rows that are gone at the source and still stand here, until PostgreSQL lets them be removed';
COMMENT ON COLUMN undeleted.sync_id IS 'The sync whose removals count the row once it is removed';
COMMENT ON COLUMN undeleted.deletes IS 'Whether the row is to be deleted, or to be marked by removed_at';
COMMENT ON COLUMN undeleted.reason IS 'What refused it: an error with table and constraint; empty where its tombstone is not loaded yet';

CREATE TABLE erasures (
    sync_id   text        PRIMARY KEY,
    resource  text        NOT NULL,
    hemis_id  bigint      NOT NULL,
    reason    text        NOT NULL,
    said      boolean     NOT NULL DEFAULT false,
    tried_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  erasures IS 'Erasures of which a row still stands, or whose end was not said yet; the others are not kept';
COMMENT ON COLUMN erasures.reason IS 'What refused it; empty where no row of the person is left';
