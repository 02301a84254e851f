// HEMIS's lists that can be synced, with what a reader may do with each.

/** `changes`: only the changed ones can be asked for. `person`: the name of the single request. */
export const RESOURCES = [
  { name: "students", person: "student", number: "student_id_number", changes: true, expected: true },
  { name: "employees", person: "employee", number: "employee_id_number", changes: false, expected: true },
  { name: "departments", person: null, number: null, changes: false, expected: false },
];

export const RESOURCE_NAMES = RESOURCES.map((resource) => resource.name);
