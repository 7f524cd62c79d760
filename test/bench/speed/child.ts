import { type Assignment, measure, type OpenSubject } from "./subject.ts";

/** The whole of a measuring process: opens the system, measures what it is told to, and prints the figures as JSON. */
export const measureHere = async (open: OpenSubject): Promise<void> => {
  const assignment = JSON.parse(process.argv[2] ?? "") as Assignment;
  const subject = await open(assignment.options, assignment.where);
  const figures = await measure(subject, assignment);
  await subject.close();
  process.stdout.write(`\n${JSON.stringify(figures)}\n`, () => process.exit());
};
