-- Records of people who were erased: HEMIS lists them, and they are left out.

ALTER TABLE syncs ADD COLUMN suppressed integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN syncs.suppressed IS 'Records that HEMIS lists and that were left out: their people were erased';
