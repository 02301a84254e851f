// The numbers of an ended sync as sums a reader can check. Pure.

/** Each sum: { key, left, right, holds }; terms are [key, count]. */
export function sumsOf(report) {
  if (report.status !== "completed" || report.kind === "single") return [];
  const sums = [
    {
      key: "sum.source",
      left: [["term.source", report.totalRecords], ["term.departed", report.departed]],
      right: [["term.distinct", report.distinct], ["term.missing", report.missing]],
    },
    {
      key: "sum.fate",
      left: [["term.distinct", report.distinct]],
      right: ["inserted", "updated", "unchanged", "rejected"].map((fate) => [`term.${fate}`, report[fate]]),
    },
  ];
  return sums.map((sum) => ({ ...sum, holds: total(sum.left) === total(sum.right) }));
}

function total(terms) {
  return terms.reduce((sum, [, count]) => sum + count, 0);
}
