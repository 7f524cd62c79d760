import type { Change } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { codeOf, item, opener, type Subject, until } from "./subject.ts";

const plain = ({ key, item: now, old }: Change) => ({ sk: key.sk, v: now?.v, old: old?.v });

/** The change feed. */
export const feedContract = (subject: Subject): void => {
  describe("subscribe", () => {
    const open = opener(subject);

    it("tells creation, replacement and deletion with the images, and nothing that was not written", async () => {
      const table = await open();
      const seen: Change[] = [];
      await table.subscribe((changes) => void seen.push(...changes));
      const first = item("p", "s", { v: 1, data: { text: "ü" } });
      const second = item("p", "s", { v: 2, i1p: "a", i1s: "b" });
      await table.put(first, { when: { site: "t", absent: true } });
      await codeOf(table.put(item("p", "s"), { when: { site: "t", absent: true } }));
      await table.put(second, { when: { site: "t", v: 1 } });
      await codeOf(table.delete({ pk: "p", sk: "s" }, { when: { site: "t", v: 1 } }));
      await table.delete({ pk: "p", sk: "s" });
      await table.delete({ pk: "p", sk: "s" });
      await table.put(item("p", "last"));
      await until(() => seen.length >= 4);
      expect(seen.map(({ key, item: now, old }) => ({ key, now, old }))).toEqual([
        { key: { pk: "p", sk: "s" }, now: first, old: undefined },
        { key: { pk: "p", sk: "s" }, now: second, old: first },
        { key: { pk: "p", sk: "s" }, now: undefined, old: second },
        { key: { pk: "p", sk: "last" }, now: item("p", "last"), old: undefined },
      ]);
    });

    it("tells only what was committed after it resolved", async () => {
      const table = await open();
      await table.put(item("p", "before"));
      const seen: Change[] = [];
      await table.subscribe((changes) => void seen.push(...changes));
      await table.put(item("p", "after"));
      await until(() => seen.length > 0);
      expect(seen.map(plain)).toEqual([{ sk: "after", v: 1, old: undefined }]);
    });

    it("keeps the order per key", async () => {
      const table = await open();
      const seen = new Map<string, number[]>();
      await table.subscribe((changes) => {
        for (const { key, item: now } of changes) seen.set(key.sk, [...(seen.get(key.sk) ?? []), now?.v ?? 0]);
      });
      const versions = Array.from({ length: 20 }, (_, n) => n + 1);
      for (const v of versions) await Promise.all(["a", "b", "c"].map((sk) => table.put(item(`p${sk}`, sk, { v }))));
      await until(() => ["a", "b", "c"].every((sk) => seen.get(sk)?.length === versions.length));
      for (const sk of ["a", "b", "c"]) expect(seen.get(sk)).toEqual(versions);
    });

    it("hands a batch out again when the handler rejects, before anything later", async () => {
      const table = await open();
      const calls: string[] = [];
      await table.subscribe(async (changes) => {
        calls.push(...changes.map(({ key }) => key.sk));
        if (calls.length < 3) throw new Error("not yet");
      });
      await table.put(item("p", "a"));
      await until(() => calls.length >= 3);
      await table.put(item("p", "b"));
      await until(() => calls.includes("b"));
      expect(calls).toEqual(["a", "a", "a", "b"]);
    });

    it("serves several subscribers, and ends each by its own function", async () => {
      const table = await open();
      const one: string[] = [];
      const two: string[] = [];
      const end = await table.subscribe((changes) => void one.push(...changes.map(({ key }) => key.sk)));
      await table.subscribe((changes) => void two.push(...changes.map(({ key }) => key.sk)));
      await table.put(item("p", "a"));
      await until(() => one.length === 1 && two.length === 1);
      await end();
      await table.put(item("p", "b"));
      await until(() => two.length === 2);
      expect({ one, two }).toEqual({ one: ["a"], two: ["a", "b"] });
    });
  });
};
