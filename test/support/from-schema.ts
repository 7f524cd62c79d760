import fc from "fast-check";

type Schema = Readonly<Record<string, unknown>>;

/** Values near what a JSON Schema lets through: mostly of the right form, here and there anything at all. */
export const fromSchema = (schema: Schema = {}): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: formOf(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });

const numberOf = ({ minimum = -10, maximum = 1000 }: { minimum?: number; maximum?: number }): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1000) }),
    fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1, 0.5, 1e300),
  );

const textOf = ({
  minLength = 0,
  maxLength = 50,
  format,
}: {
  minLength?: number;
  maxLength?: number;
  format?: string;
}): fc.Arbitrary<string> => {
  const times = fc.constantFrom("2026-01-31T09:00:00Z", "2026-01-31", "2099-12-31T23:59:59.999Z", "2026-02-30T00:00:00Z");
  const words = fc.string({ minLength: Math.min(minLength, 50), maxLength: Math.min(maxLength, 50), unit: "grapheme" });
  const edges = fc.constantFrom("w", "x".repeat(maxLength + 1), "\u0000", "__proto__", "../..", "%00", "1");
  return format?.startsWith("date") ? fc.oneof(times, words) : fc.oneof({ weight: 3, arbitrary: words }, { weight: 1, arbitrary: edges });
};

const formOf = (schema: Schema): fc.Arbitrary<unknown> => {
  const { type, properties, required, items } = schema as {
    type?: string;
    properties?: Record<string, Schema>;
    required?: string[];
    items?: Schema;
  };
  if (Array.isArray(schema.enum)) return fc.constantFrom<unknown>(...schema.enum);
  if ("const" in schema) return fc.constant(schema.const);
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fc.oneof(...choices.map(fromSchema));
  if (type === "string") return textOf(schema as Parameters<typeof textOf>[0]);
  if (type === "integer" || type === "number") return numberOf(schema as Parameters<typeof numberOf>[0]);
  if (type === "boolean") return fc.boolean();
  if (type === "array") return fc.array(fromSchema(items), { maxLength: 4 });
  if (type === "object" && properties) {
    const known = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fromSchema(one)]));
    return fc.record(known, { requiredKeys: (required ?? []).filter((name) => name in known) });
  }
  if (type === "object") return fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
  return fc.jsonValue({ maxDepth: 2 });
};
