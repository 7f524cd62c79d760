import fc from "fast-check";
import { expect, it } from "vitest";
import { versionChanges } from "./releases.ts";

const release = fc.dictionary(fc.constantFrom("api", "decider", "master", "runner", "task"), fc.constantFrom("1", "2", "10"));

it("what has to move makes one release of another, part by part, and nothing of what only one of them has", () => {
  fc.assert(
    fc.property(release, release, (from, to) => {
      const changes = versionChanges(from, to);
      const moved = { ...from, ...Object.fromEntries(changes.map((change) => [change.name, change.to])) };
      for (const name of Object.keys(from)) expect(moved[name]).toBe(to[name] ?? from[name]);
      expect(Object.keys(moved)).toEqual(Object.keys(from));
      for (const change of changes) expect(change).toEqual({ name: change.name, from: from[change.name], to: to[change.name] });
      expect(versionChanges(moved, to)).toEqual([]);
      // The way back is the same way.
      expect(versionChanges(to, from)).toEqual(changes.map(({ name, from: was, to: is }) => ({ name, from: is, to: was })));
    }),
  );
});
