-- What a complete sync did not see, until HEMIS was asked for it.

CREATE TABLE removals (
    sync_id    text    PRIMARY KEY,
    resource   text    NOT NULL,
    state      text    NOT NULL,
    missing    integer NOT NULL,
    vacated    integer NOT NULL,
    allowed    integer NOT NULL,
    removed    integer NOT NULL DEFAULT 0,
    undecided  integer NOT NULL DEFAULT 0,
    revision           bigint NOT NULL DEFAULT 1,
    announced_revision bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE  removals IS 'Per complete sync that did not see all rows: what becomes of the others';
COMMENT ON COLUMN removals.state IS 'held (a person decides), asking, done, discarded, superseded (by a later sync)';
COMMENT ON COLUMN removals.missing IS 'Rows of people the sync did not see';
COMMENT ON COLUMN removals.vacated IS 'Positions it did not see of people it saw';
COMMENT ON COLUMN removals.allowed IS 'More missing rows than this were held';
COMMENT ON COLUMN removals.removed IS 'Keys that HEMIS definitely does not have';
COMMENT ON COLUMN removals.undecided IS 'Keys of which HEMIS could not tell: they stay';
CREATE INDEX removals_unannounced ON removals (sync_id) WHERE announced_revision < revision;

CREATE TABLE unseen (
    resource   text    NOT NULL,
    key        text    NOT NULL,
    hemis_id   bigint  NOT NULL,
    id_number  text    NOT NULL,
    sync_id    text    NOT NULL,
    vacated    boolean NOT NULL,
    asked_at   timestamptz,
    PRIMARY KEY (resource, key)
);
COMMENT ON TABLE unseen IS 'Keys of rows that a complete sync did not see, until HEMIS was asked for each';
CREATE INDEX unseen_of ON unseen (sync_id);
