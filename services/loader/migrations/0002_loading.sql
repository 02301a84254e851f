-- What the loader remembers: how far it is, what it did for each sync, what it wants again.

CREATE TABLE installation (
    database_epoch bigint NOT NULL
);
INSERT INTO installation VALUES ((extract(epoch FROM clock_timestamp()) * 1000)::bigint);
COMMENT ON TABLE installation IS 'When this schema was created, in unix milliseconds: counts of an older one do not go on';

CREATE TABLE offsets (
    topic          text    NOT NULL,
    partition      integer NOT NULL,
    next_offset    bigint  NOT NULL DEFAULT 0,
    epoch          bigint  NOT NULL DEFAULT 0,
    newest         timestamptz,
    last_record    text,
    reread_until   bigint,
    PRIMARY KEY (topic, partition)
);
COMMENT ON TABLE  offsets IS 'How far each partition is loaded, and who may write it';
COMMENT ON COLUMN offsets.next_offset IS 'Offset of the next record to load';
COMMENT ON COLUMN offsets.epoch IS 'One higher with each claim: a loader with an older one is fenced';
COMMENT ON COLUMN offsets.newest IS 'Newest ce_time seen on the partition: older records are refused';
COMMENT ON COLUMN offsets.last_record IS 'Fingerprint of the last loaded record, to notice a topic made anew';
COMMENT ON COLUMN offsets.reread_until IS 'While the partition is read again from its beginning: the end it had then';

CREATE TABLE syncs (
    sync_id          text PRIMARY KEY,
    resource         text NOT NULL,
    kind             text NOT NULL,
    mode             text NOT NULL,
    trigger          text NOT NULL,
    requested_by     text,
    attempt          integer NOT NULL,
    started_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    outcome          text,
    complete         boolean,
    reason           text NOT NULL DEFAULT '',
    source_total     integer NOT NULL DEFAULT 0,
    fetched          integer NOT NULL DEFAULT 0,
    distinct_records integer NOT NULL DEFAULT 0,
    missing          integer NOT NULL DEFAULT 0,
    departed         integer NOT NULL DEFAULT 0,
    inserted         integer NOT NULL DEFAULT 0,
    updated          integer NOT NULL DEFAULT 0,
    unchanged        integer NOT NULL DEFAULT 0,
    rejected         integer NOT NULL DEFAULT 0,
    retries          integer NOT NULL DEFAULT 0,
    failed_pages     integer[] NOT NULL DEFAULT '{}',
    hemis_ids        bigint[] NOT NULL DEFAULT '{}',
    revision           bigint NOT NULL DEFAULT 0,
    announced_revision bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE  syncs IS 'History: one row per sync, with its report';
COMMENT ON COLUMN syncs.complete IS 'True when everything the source had is in the tables';
COMMENT ON COLUMN syncs.revision IS 'One higher with each change of the row; orders the totals that are announced';
COMMENT ON COLUMN syncs.announced_revision IS 'The newest revision that the progress topic was seen to hold';
CREATE INDEX syncs_open ON syncs (sync_id) WHERE ended_at IS NULL;
CREATE INDEX syncs_unannounced ON syncs (sync_id) WHERE announced_revision < revision;

CREATE TABLE sync_effects (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync_id   text    NOT NULL,
    topic     text    NOT NULL,
    partition integer NOT NULL,
    effect    text    NOT NULL,
    keys      text[]  NOT NULL
);
COMMENT ON TABLE sync_effects IS 'What became of each key in a running sync, so that a page read twice counts once';
CREATE INDEX sync_effects_of ON sync_effects (sync_id, topic, partition);

CREATE TABLE wishes (
    resource   text   NOT NULL,
    key        text   NOT NULL,
    hemis_id   bigint NOT NULL,
    asked      integer NOT NULL DEFAULT 0,
    asked_at   timestamptz,
    wished_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource, key)
);
COMMENT ON TABLE wishes IS 'Records refused as older than what is known: they are fetched from HEMIS again';
