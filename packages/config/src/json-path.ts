/** Keys and indexes from the root of a document to a value. */
export type PathSegments = readonly PropertyKey[];

const SHORTHAND = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** JSON path (RFC 9535) of a value: `$.tasks[2].env["MY-KEY"]`. */
export const jsonPath = (segments: PathSegments): string => `$${segments.map(segmentText).join("")}`;

const segmentText = (segment: PropertyKey): string => {
  if (typeof segment === "number") return `[${segment}]`;
  const key = String(segment);
  return SHORTHAND.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
};
