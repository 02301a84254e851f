-- What people query: students, employees and their positions.

CREATE TABLE students (
    hemis_id              bigint NOT NULL,
    meta_id               bigint,
    full_name             text,
    short_name            text,
    first_name            text,
    second_name           text,
    third_name            text,
    student_id_number     text,
    gender_code           text,
    gender_name           text,
    birth_date            date,
    university_code       text,
    university_name       text,
    department_id         text,
    department_name       text,
    department_code       text,
    specialty_id          text,
    specialty_name        text,
    specialty_code        text,
    group_id              text,
    group_name            text,
    education_lang_code   text,
    education_lang_name   text,
    level_code            text,
    level_name            text,
    semester_id           text,
    semester_code         text,
    semester_name         text,
    education_year_code   text,
    education_year_name   text,
    education_form_code   text,
    education_form_name   text,
    education_type_code   text,
    education_type_name   text,
    payment_form_code     text,
    payment_form_name     text,
    student_type_code     text,
    student_type_name     text,
    student_status_code   text,
    student_status_name   text,
    social_category_code  text,
    social_category_name  text,
    accommodation_code    text,
    accommodation_name    text,
    poverty_level_code    text,
    poverty_level_name    text,
    citizenship_code      text,
    citizenship_name      text,
    country_code          text,
    country_name          text,
    province_code         text,
    province_name         text,
    district_code         text,
    district_name         text,
    current_province_code text,
    current_province_name text,
    current_district_code text,
    current_district_name text,
    curriculum_id         bigint,
    year_of_enter         integer,
    avg_gpa               numeric,
    avg_grade             numeric,
    total_credit          numeric,
    is_graduate           boolean,
    image                 text,
    image_full            text,
    email                 text,
    hash                  text,
    source_created_at     timestamptz,
    source_updated_at     timestamptz,
    extra                 jsonb,
    content_hash          text NOT NULL,
    fetched_at            timestamptz NOT NULL,
    synced_at             timestamptz NOT NULL DEFAULT now(),
    removed_at            timestamptz,
    PRIMARY KEY (hemis_id)
);

COMMENT ON TABLE students IS 'One row per student (per enrolment) of HEMIS';
COMMENT ON COLUMN students.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN students.meta_id IS 'HEMIS meta_id';
COMMENT ON COLUMN students.full_name IS 'HEMIS full_name';
COMMENT ON COLUMN students.short_name IS 'HEMIS short_name';
COMMENT ON COLUMN students.first_name IS 'HEMIS first_name';
COMMENT ON COLUMN students.second_name IS 'HEMIS second_name';
COMMENT ON COLUMN students.third_name IS 'HEMIS third_name';
COMMENT ON COLUMN students.student_id_number IS 'HEMIS student_id_number; NULL where HEMIS sends none, empty or 0';
COMMENT ON COLUMN students.gender_code IS 'HEMIS gender.code';
COMMENT ON COLUMN students.gender_name IS 'HEMIS gender.name';
COMMENT ON COLUMN students.birth_date IS 'HEMIS birth_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN students.university_code IS 'HEMIS university.code';
COMMENT ON COLUMN students.university_name IS 'HEMIS university.name';
COMMENT ON COLUMN students.department_id IS 'HEMIS department.id';
COMMENT ON COLUMN students.department_name IS 'HEMIS department.name';
COMMENT ON COLUMN students.department_code IS 'HEMIS department.code';
COMMENT ON COLUMN students.specialty_id IS 'HEMIS specialty.id';
COMMENT ON COLUMN students.specialty_name IS 'HEMIS specialty.name';
COMMENT ON COLUMN students.specialty_code IS 'HEMIS specialty.code';
COMMENT ON COLUMN students.group_id IS 'HEMIS group.id';
COMMENT ON COLUMN students.group_name IS 'HEMIS group.name';
COMMENT ON COLUMN students.education_lang_code IS 'HEMIS group.educationLang.code';
COMMENT ON COLUMN students.education_lang_name IS 'HEMIS group.educationLang.name';
COMMENT ON COLUMN students.level_code IS 'HEMIS level.code';
COMMENT ON COLUMN students.level_name IS 'HEMIS level.name';
COMMENT ON COLUMN students.semester_id IS 'HEMIS semester.id';
COMMENT ON COLUMN students.semester_code IS 'HEMIS semester.code';
COMMENT ON COLUMN students.semester_name IS 'HEMIS semester.name';
COMMENT ON COLUMN students.education_year_code IS 'HEMIS educationYear.code';
COMMENT ON COLUMN students.education_year_name IS 'HEMIS educationYear.name';
COMMENT ON COLUMN students.education_form_code IS 'HEMIS educationForm.code';
COMMENT ON COLUMN students.education_form_name IS 'HEMIS educationForm.name';
COMMENT ON COLUMN students.education_type_code IS 'HEMIS educationType.code';
COMMENT ON COLUMN students.education_type_name IS 'HEMIS educationType.name';
COMMENT ON COLUMN students.payment_form_code IS 'HEMIS paymentForm.code';
COMMENT ON COLUMN students.payment_form_name IS 'HEMIS paymentForm.name';
COMMENT ON COLUMN students.student_type_code IS 'HEMIS studentType.code';
COMMENT ON COLUMN students.student_type_name IS 'HEMIS studentType.name';
COMMENT ON COLUMN students.student_status_code IS 'HEMIS studentStatus.code';
COMMENT ON COLUMN students.student_status_name IS 'HEMIS studentStatus.name';
COMMENT ON COLUMN students.social_category_code IS 'HEMIS socialCategory.code';
COMMENT ON COLUMN students.social_category_name IS 'HEMIS socialCategory.name';
COMMENT ON COLUMN students.accommodation_code IS 'HEMIS accommodation.code';
COMMENT ON COLUMN students.accommodation_name IS 'HEMIS accommodation.name';
COMMENT ON COLUMN students.poverty_level_code IS 'HEMIS povertyLevel.code';
COMMENT ON COLUMN students.poverty_level_name IS 'HEMIS povertyLevel.name';
COMMENT ON COLUMN students.citizenship_code IS 'HEMIS citizenship.code';
COMMENT ON COLUMN students.citizenship_name IS 'HEMIS citizenship.name';
COMMENT ON COLUMN students.country_code IS 'HEMIS country.code';
COMMENT ON COLUMN students.country_name IS 'HEMIS country.name';
COMMENT ON COLUMN students.province_code IS 'HEMIS province.code';
COMMENT ON COLUMN students.province_name IS 'HEMIS province.name';
COMMENT ON COLUMN students.district_code IS 'HEMIS district.code';
COMMENT ON COLUMN students.district_name IS 'HEMIS district.name';
COMMENT ON COLUMN students.current_province_code IS 'HEMIS currentProvince.code';
COMMENT ON COLUMN students.current_province_name IS 'HEMIS currentProvince.name';
COMMENT ON COLUMN students.current_district_code IS 'HEMIS currentDistrict.code';
COMMENT ON COLUMN students.current_district_name IS 'HEMIS currentDistrict.name';
COMMENT ON COLUMN students.curriculum_id IS 'HEMIS _curriculum';
COMMENT ON COLUMN students.year_of_enter IS 'HEMIS year_of_enter';
COMMENT ON COLUMN students.avg_gpa IS 'HEMIS avg_gpa';
COMMENT ON COLUMN students.avg_grade IS 'HEMIS avg_grade';
COMMENT ON COLUMN students.total_credit IS 'HEMIS total_credit';
COMMENT ON COLUMN students.is_graduate IS 'HEMIS is_graduate';
COMMENT ON COLUMN students.image IS 'HEMIS image';
COMMENT ON COLUMN students.image_full IS 'HEMIS image_full';
COMMENT ON COLUMN students.email IS 'HEMIS email';
COMMENT ON COLUMN students.hash IS 'HEMIS hash';
COMMENT ON COLUMN students.source_created_at IS 'HEMIS created_at';
COMMENT ON COLUMN students.source_updated_at IS 'HEMIS updated_at';
COMMENT ON COLUMN students.extra IS 'Everything HEMIS sent that has no column of its own';
COMMENT ON COLUMN students.content_hash IS 'Mapping version and SHA-256 of the bytes HEMIS sent: equal means nothing changed';
COMMENT ON COLUMN students.fetched_at IS 'When the request was sent that brought this content';
COMMENT ON COLUMN students.synced_at IS 'When this row was last written';
COMMENT ON COLUMN students.removed_at IS 'When the source was found not to have it any more; NULL while it is there';

CREATE INDEX students_student_id_number ON students (student_id_number);

CREATE TABLE employee_positions (
    hemis_id              bigint NOT NULL,
    meta_id               bigint,
    full_name             text,
    short_name            text,
    first_name            text,
    second_name           text,
    third_name            text,
    employee_id_number    text,
    gender_code           text,
    gender_name           text,
    birth_date            date,
    year_of_enter         integer,
    specialty             text,
    department_id         text,
    department_name       text,
    department_code       text,
    staff_position_code   text,
    staff_position_name   text,
    academic_degree_code  text,
    academic_degree_name  text,
    academic_rank_code    text,
    academic_rank_name    text,
    employment_form_code  text,
    employment_form_name  text,
    employment_staff_code text,
    employment_staff_name text,
    employee_status_code  text,
    employee_status_name  text,
    employee_type_code    text,
    employee_type_name    text,
    contract_number       text,
    contract_date         date,
    decree_number         text,
    decree_date           date,
    tutor_groups          jsonb,
    active                boolean,
    image                 text,
    image_full            text,
    hash                  text,
    source_created_at     timestamptz,
    source_updated_at     timestamptz,
    extra                 jsonb,
    position_key          text NOT NULL,
    content_hash          text NOT NULL,
    fetched_at            timestamptz NOT NULL,
    synced_at             timestamptz NOT NULL DEFAULT now(),
    removed_at            timestamptz,
    PRIMARY KEY (hemis_id, position_key)
);

COMMENT ON TABLE employee_positions IS 'One row per position of an employee';
COMMENT ON COLUMN employee_positions.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN employee_positions.meta_id IS 'HEMIS meta_id';
COMMENT ON COLUMN employee_positions.full_name IS 'HEMIS full_name';
COMMENT ON COLUMN employee_positions.short_name IS 'HEMIS short_name';
COMMENT ON COLUMN employee_positions.first_name IS 'HEMIS first_name';
COMMENT ON COLUMN employee_positions.second_name IS 'HEMIS second_name';
COMMENT ON COLUMN employee_positions.third_name IS 'HEMIS third_name';
COMMENT ON COLUMN employee_positions.employee_id_number IS 'HEMIS employee_id_number; NULL where HEMIS sends none, empty or 0';
COMMENT ON COLUMN employee_positions.gender_code IS 'HEMIS gender.code';
COMMENT ON COLUMN employee_positions.gender_name IS 'HEMIS gender.name';
COMMENT ON COLUMN employee_positions.birth_date IS 'HEMIS birth_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employee_positions.year_of_enter IS 'HEMIS year_of_enter';
COMMENT ON COLUMN employee_positions.specialty IS 'HEMIS specialty';
COMMENT ON COLUMN employee_positions.department_id IS 'HEMIS department.id';
COMMENT ON COLUMN employee_positions.department_name IS 'HEMIS department.name';
COMMENT ON COLUMN employee_positions.department_code IS 'HEMIS department.code';
COMMENT ON COLUMN employee_positions.staff_position_code IS 'HEMIS staffPosition.code';
COMMENT ON COLUMN employee_positions.staff_position_name IS 'HEMIS staffPosition.name';
COMMENT ON COLUMN employee_positions.academic_degree_code IS 'HEMIS academicDegree.code';
COMMENT ON COLUMN employee_positions.academic_degree_name IS 'HEMIS academicDegree.name';
COMMENT ON COLUMN employee_positions.academic_rank_code IS 'HEMIS academicRank.code';
COMMENT ON COLUMN employee_positions.academic_rank_name IS 'HEMIS academicRank.name';
COMMENT ON COLUMN employee_positions.employment_form_code IS 'HEMIS employmentForm.code';
COMMENT ON COLUMN employee_positions.employment_form_name IS 'HEMIS employmentForm.name';
COMMENT ON COLUMN employee_positions.employment_staff_code IS 'HEMIS employmentStaff.code';
COMMENT ON COLUMN employee_positions.employment_staff_name IS 'HEMIS employmentStaff.name';
COMMENT ON COLUMN employee_positions.employee_status_code IS 'HEMIS employeeStatus.code';
COMMENT ON COLUMN employee_positions.employee_status_name IS 'HEMIS employeeStatus.name';
COMMENT ON COLUMN employee_positions.employee_type_code IS 'HEMIS employeeType.code';
COMMENT ON COLUMN employee_positions.employee_type_name IS 'HEMIS employeeType.name';
COMMENT ON COLUMN employee_positions.contract_number IS 'HEMIS contract_number';
COMMENT ON COLUMN employee_positions.contract_date IS 'HEMIS contract_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employee_positions.decree_number IS 'HEMIS decree_number';
COMMENT ON COLUMN employee_positions.decree_date IS 'HEMIS decree_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employee_positions.tutor_groups IS 'HEMIS tutorGroups';
COMMENT ON COLUMN employee_positions.active IS 'HEMIS active';
COMMENT ON COLUMN employee_positions.image IS 'HEMIS image';
COMMENT ON COLUMN employee_positions.image_full IS 'HEMIS image_full';
COMMENT ON COLUMN employee_positions.hash IS 'HEMIS hash';
COMMENT ON COLUMN employee_positions.source_created_at IS 'HEMIS created_at';
COMMENT ON COLUMN employee_positions.source_updated_at IS 'HEMIS updated_at';
COMMENT ON COLUMN employee_positions.extra IS 'Everything HEMIS sent that has no column of its own';
COMMENT ON COLUMN employee_positions.position_key IS 'HEMIS meta_id, or x and 16 hex digits where a server sends none';
COMMENT ON COLUMN employee_positions.content_hash IS 'Mapping version and SHA-256 of the bytes HEMIS sent: equal means nothing changed';
COMMENT ON COLUMN employee_positions.fetched_at IS 'When the request was sent that brought this content';
COMMENT ON COLUMN employee_positions.synced_at IS 'When this row was last written';
COMMENT ON COLUMN employee_positions.removed_at IS 'When the source was found not to have it any more; NULL while it is there';

CREATE TABLE employees (
    hemis_id              bigint NOT NULL,
    meta_id               bigint,
    full_name             text,
    short_name            text,
    first_name            text,
    second_name           text,
    third_name            text,
    employee_id_number    text,
    gender_code           text,
    gender_name           text,
    birth_date            date,
    year_of_enter         integer,
    specialty             text,
    department_id         text,
    department_name       text,
    department_code       text,
    staff_position_code   text,
    staff_position_name   text,
    academic_degree_code  text,
    academic_degree_name  text,
    academic_rank_code    text,
    academic_rank_name    text,
    employment_form_code  text,
    employment_form_name  text,
    employment_staff_code text,
    employment_staff_name text,
    employee_status_code  text,
    employee_status_name  text,
    employee_type_code    text,
    employee_type_name    text,
    contract_number       text,
    contract_date         date,
    decree_number         text,
    decree_date           date,
    tutor_groups          jsonb,
    active                boolean,
    image                 text,
    image_full            text,
    hash                  text,
    source_created_at     timestamptz,
    source_updated_at     timestamptz,
    extra                 jsonb,
    content_hash          text NOT NULL,
    fetched_at            timestamptz NOT NULL,
    synced_at             timestamptz NOT NULL DEFAULT now(),
    removed_at            timestamptz,
    PRIMARY KEY (hemis_id)
);

COMMENT ON TABLE employees IS 'One row per employee, made of the main one of the positions';
COMMENT ON COLUMN employees.hemis_id IS 'HEMIS id';
COMMENT ON COLUMN employees.meta_id IS 'HEMIS meta_id';
COMMENT ON COLUMN employees.full_name IS 'HEMIS full_name';
COMMENT ON COLUMN employees.short_name IS 'HEMIS short_name';
COMMENT ON COLUMN employees.first_name IS 'HEMIS first_name';
COMMENT ON COLUMN employees.second_name IS 'HEMIS second_name';
COMMENT ON COLUMN employees.third_name IS 'HEMIS third_name';
COMMENT ON COLUMN employees.employee_id_number IS 'HEMIS employee_id_number; NULL where HEMIS sends none, empty or 0';
COMMENT ON COLUMN employees.gender_code IS 'HEMIS gender.code';
COMMENT ON COLUMN employees.gender_name IS 'HEMIS gender.name';
COMMENT ON COLUMN employees.birth_date IS 'HEMIS birth_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employees.year_of_enter IS 'HEMIS year_of_enter';
COMMENT ON COLUMN employees.specialty IS 'HEMIS specialty';
COMMENT ON COLUMN employees.department_id IS 'HEMIS department.id';
COMMENT ON COLUMN employees.department_name IS 'HEMIS department.name';
COMMENT ON COLUMN employees.department_code IS 'HEMIS department.code';
COMMENT ON COLUMN employees.staff_position_code IS 'HEMIS staffPosition.code';
COMMENT ON COLUMN employees.staff_position_name IS 'HEMIS staffPosition.name';
COMMENT ON COLUMN employees.academic_degree_code IS 'HEMIS academicDegree.code';
COMMENT ON COLUMN employees.academic_degree_name IS 'HEMIS academicDegree.name';
COMMENT ON COLUMN employees.academic_rank_code IS 'HEMIS academicRank.code';
COMMENT ON COLUMN employees.academic_rank_name IS 'HEMIS academicRank.name';
COMMENT ON COLUMN employees.employment_form_code IS 'HEMIS employmentForm.code';
COMMENT ON COLUMN employees.employment_form_name IS 'HEMIS employmentForm.name';
COMMENT ON COLUMN employees.employment_staff_code IS 'HEMIS employmentStaff.code';
COMMENT ON COLUMN employees.employment_staff_name IS 'HEMIS employmentStaff.name';
COMMENT ON COLUMN employees.employee_status_code IS 'HEMIS employeeStatus.code';
COMMENT ON COLUMN employees.employee_status_name IS 'HEMIS employeeStatus.name';
COMMENT ON COLUMN employees.employee_type_code IS 'HEMIS employeeType.code';
COMMENT ON COLUMN employees.employee_type_name IS 'HEMIS employeeType.name';
COMMENT ON COLUMN employees.contract_number IS 'HEMIS contract_number';
COMMENT ON COLUMN employees.contract_date IS 'HEMIS contract_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employees.decree_number IS 'HEMIS decree_number';
COMMENT ON COLUMN employees.decree_date IS 'HEMIS decree_date, as a date in HEMIS_TIMEZONE';
COMMENT ON COLUMN employees.tutor_groups IS 'HEMIS tutorGroups';
COMMENT ON COLUMN employees.active IS 'HEMIS active';
COMMENT ON COLUMN employees.image IS 'HEMIS image';
COMMENT ON COLUMN employees.image_full IS 'HEMIS image_full';
COMMENT ON COLUMN employees.hash IS 'HEMIS hash';
COMMENT ON COLUMN employees.source_created_at IS 'HEMIS created_at';
COMMENT ON COLUMN employees.source_updated_at IS 'HEMIS updated_at';
COMMENT ON COLUMN employees.extra IS 'Everything HEMIS sent that has no column of its own';
COMMENT ON COLUMN employees.content_hash IS 'Mapping version and SHA-256 of the bytes HEMIS sent: equal means nothing changed';
COMMENT ON COLUMN employees.fetched_at IS 'When the request was sent that brought this content';
COMMENT ON COLUMN employees.synced_at IS 'When this row was last written';
COMMENT ON COLUMN employees.removed_at IS 'When the source was found not to have it any more; NULL while it is there';

CREATE INDEX employees_employee_id_number ON employees (employee_id_number);
