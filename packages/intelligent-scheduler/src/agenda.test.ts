import fc from "fast-check";
import { expect, it } from "vitest";
import { Agenda } from "./agenda.ts";

it("an agenda gives exactly what is due, whatever was put in, moved and taken out", () => {
  const moment = fc.oneof(fc.nat(5000), fc.integer({ min: 1e6, max: 1e6 + 500 }), fc.constant(Number.POSITIVE_INFINITY));
  const step = fc.oneof(
    fc.record({ put: fc.nat(9), at: moment }),
    fc.record({ out: fc.nat(9) }),
    fc.record({ pass: fc.oneof(fc.nat(300), fc.nat(1e6)), most: fc.oneof(fc.nat(4), fc.constant(Number.POSITIVE_INFINITY)) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const items = Array.from({ length: 10 }, (_, number) => ({ number, until: 0, bucket: -1 }));
      const agenda = new Agenda<(typeof items)[number]>();
      const known = new Map<number, number>();
      let now = 0;
      for (const each of steps) {
        if ("put" in each) {
          items[each.put]!.until = each.at;
          agenda.put(items[each.put]!);
          known.set(each.put, each.at);
        } else if ("out" in each) {
          agenda.takeOut(items[each.out]!);
          known.delete(each.out);
        } else {
          now += each.pass;
          const due = agenda.take(now, each.most).map(({ number }) => number);
          const all = [...known.keys()].filter((number) => known.get(number)! <= now);
          expect(due).toHaveLength(Math.min(all.length, each.most));
          expect(all).toEqual(expect.arrayContaining(due));
          // What stays is due no earlier, but for what shares a bucket.
          const left = all.filter((number) => !due.includes(number)).map((number) => known.get(number)!);
          for (const number of due) expect(known.get(number)! - 64).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...left));
          for (const number of due) known.delete(number);
        }
      }
    }),
  );
});
