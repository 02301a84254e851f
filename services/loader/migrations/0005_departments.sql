-- What people query: departments.

CREATE TABLE departments (
    hemis_id            bigint NOT NULL,
    name                text,
    code                text,
    structure_type_code text,
    structure_type_name text,
    locality_type_code  text,
    locality_type_name  text,
    parent_id           bigint,
    active              boolean,
    extra               jsonb,
    content_hash        text NOT NULL,
    fetched_at          timestamptz NOT NULL,
    synced_at           timestamptz NOT NULL DEFAULT now(),
    removed_at          timestamptz,
    PRIMARY KEY (hemis_id)
);

COMMENT ON TABLE departments IS 'One row per department (faculty, chair, office) of HEMIS';
COMMENT ON COLUMN departments.hemis_id IS 'HEMIS id; students.department_id and employees.department_id hold it as text';
COMMENT ON COLUMN departments.name IS 'HEMIS name';
COMMENT ON COLUMN departments.code IS 'HEMIS code';
COMMENT ON COLUMN departments.structure_type_code IS 'HEMIS structureType.code';
COMMENT ON COLUMN departments.structure_type_name IS 'HEMIS structureType.name';
COMMENT ON COLUMN departments.locality_type_code IS 'HEMIS localityType.code';
COMMENT ON COLUMN departments.locality_type_name IS 'HEMIS localityType.name';
COMMENT ON COLUMN departments.parent_id IS 'HEMIS parent, or parent.id where HEMIS sends the whole unit: hemis_id of the unit above';
COMMENT ON COLUMN departments.active IS 'HEMIS active';
COMMENT ON COLUMN departments.extra IS 'Everything HEMIS sent that has no column of its own';
COMMENT ON COLUMN departments.content_hash IS 'Mapping version and SHA-256 of the bytes HEMIS sent: equal means nothing changed';
COMMENT ON COLUMN departments.fetched_at IS 'When the request was sent that brought this content';
COMMENT ON COLUMN departments.synced_at IS 'When this row was last written';
COMMENT ON COLUMN departments.removed_at IS 'When the source was found not to have it any more; NULL while it is there';
