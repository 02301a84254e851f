-- Views for people who query.

CREATE VIEW current_students AS
SELECT
    hemis_id, meta_id, full_name, short_name, first_name, second_name, third_name,
    student_id_number, gender_code, gender_name, birth_date, university_code, university_name,
    department_id, department_name, department_code, specialty_id, specialty_name, specialty_code,
    group_id, group_name, education_lang_code, education_lang_name, level_code, level_name,
    semester_id, semester_code, semester_name, education_year_code, education_year_name,
    education_form_code, education_form_name, education_type_code, education_type_name,
    payment_form_code, payment_form_name, student_type_code, student_type_name,
    student_status_code, student_status_name, social_category_code, social_category_name,
    accommodation_code, accommodation_name, poverty_level_code, poverty_level_name,
    citizenship_code, citizenship_name, country_code, country_name, province_code, province_name,
    district_code, district_name, current_province_code, current_province_name,
    current_district_code, current_district_name, curriculum_id, year_of_enter, avg_gpa, avg_grade,
    total_credit, is_graduate, image, image_full, email, hash, source_created_at,
    source_updated_at, extra, fetched_at, synced_at, first_seen_at
FROM students
WHERE removed_at IS NULL AND unlisted_since IS NULL;
COMMENT ON VIEW current_students IS 'Students that HEMIS lists now, whatever their status';

CREATE VIEW current_employees AS
SELECT
    hemis_id, meta_id, full_name, short_name, first_name, second_name, third_name,
    employee_id_number, gender_code, gender_name, birth_date, year_of_enter, specialty,
    department_id, department_name, department_code, staff_position_code, staff_position_name,
    academic_degree_code, academic_degree_name, academic_rank_code, academic_rank_name,
    employment_form_code, employment_form_name, employment_staff_code, employment_staff_name,
    employee_status_code, employee_status_name, employee_type_code, employee_type_name,
    contract_number, contract_date, decree_number, decree_date, tutor_groups, active, image,
    image_full, hash, source_created_at, source_updated_at, extra, fetched_at, synced_at,
    first_seen_at
FROM employees
WHERE removed_at IS NULL AND unlisted_since IS NULL;
COMMENT ON VIEW current_employees IS 'Employees that HEMIS lists now, one row a person, whatever their status';

CREATE VIEW tutor_groups AS
SELECT
    hemis_id, employee_id_number, full_name, department_id, department_name,
    g ->> 'id' AS group_id, g ->> 'name' AS group_name
FROM current_employees
CROSS JOIN LATERAL jsonb_array_elements(
    CASE jsonb_typeof(tutor_groups) WHEN 'array' THEN tutor_groups END
) AS g;
COMMENT ON VIEW tutor_groups IS 'One row per tutor and group';
COMMENT ON COLUMN tutor_groups.group_id IS 'HEMIS tutorGroups.id; students.group_id holds the same';
COMMENT ON COLUMN tutor_groups.group_name IS 'HEMIS tutorGroups.name';

CREATE VIEW student_counts AS
SELECT
    department_id, department_name, level_code, level_name,
    education_form_code, education_form_name, payment_form_code, payment_form_name,
    student_status_code, student_status_name, count(*) AS students
FROM current_students
GROUP BY
    department_id, department_name, level_code, level_name,
    education_form_code, education_form_name, payment_form_code, payment_form_name,
    student_status_code, student_status_name;
COMMENT ON VIEW student_counts IS 'How many students HEMIS lists, by faculty, course, form, payment and status';
COMMENT ON COLUMN student_counts.students IS 'Number of students';

CREATE VIEW sync_history AS
SELECT
    sync_id, resource, kind, mode, trigger, started_at, ended_at,
    ended_at - started_at AS duration, outcome, complete, reason, source_total,
    distinct_records AS records, inserted, updated, unchanged, rejected, missing
FROM syncs;
COMMENT ON VIEW sync_history IS 'One row per sync with its report';
COMMENT ON COLUMN sync_history.sync_id IS 'Identifies the sync in the API, the logs and the topics';
COMMENT ON COLUMN sync_history.resource IS 'students, employees or departments';
COMMENT ON COLUMN sync_history.kind IS 'full (a whole list) or single (one person)';
COMMENT ON COLUMN sync_history.mode IS 'full or incremental (only what changed)';
COMMENT ON COLUMN sync_history.trigger IS 'What started it: manual, schedule, resume, retry or heal';
COMMENT ON COLUMN sync_history.started_at IS 'When it started';
COMMENT ON COLUMN sync_history.ended_at IS 'When it ended; NULL while it runs';
COMMENT ON COLUMN sync_history.duration IS 'How long it took';
COMMENT ON COLUMN sync_history.outcome IS 'completed, failed, cancelled; of single records also not_found, mismatch; NULL while it runs';
COMMENT ON COLUMN sync_history.complete IS 'True when everything HEMIS had is in the tables';
COMMENT ON COLUMN sync_history.reason IS 'Why it failed, or is not complete';
COMMENT ON COLUMN sync_history.source_total IS 'Records that HEMIS counted';
COMMENT ON COLUMN sync_history.records IS 'Different records that came';
COMMENT ON COLUMN sync_history.inserted IS 'Rows that were new';
COMMENT ON COLUMN sync_history.updated IS 'Rows that changed';
COMMENT ON COLUMN sync_history.unchanged IS 'Rows that were as HEMIS has them already';
COMMENT ON COLUMN sync_history.rejected IS 'Records that cannot be loaded; each is a dead letter with its reason';
COMMENT ON COLUMN sync_history.missing IS 'Records that HEMIS counted and did not list';

-- A view's column means what the table's column means.
DO $$
DECLARE
    of_view record;
BEGIN
    FOR of_view IN
        SELECT v.relname AS view, a.attname AS name, col_description(t.oid, b.attnum) AS text
        FROM (VALUES ('current_students', 'students'), ('student_counts', 'students'),
                     ('current_employees', 'employees'), ('tutor_groups', 'employees'))
             AS made (view, source)
        JOIN pg_class v ON v.oid = made.view::regclass
        JOIN pg_class t ON t.oid = made.source::regclass
        JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = a.attname
        WHERE col_description(v.oid, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', of_view.view, of_view.name, of_view.text);
    END LOOP;
END $$;
