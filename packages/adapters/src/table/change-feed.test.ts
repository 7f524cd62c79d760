import type { Change } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { ChangeFeed } from "./change-feed.ts";

const change = (sk: string): Change => ({ key: { pk: "p", sk } });
const names = (changes: readonly Change[]): string => changes.map(({ key }) => key.sk).join("");
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("ChangeFeed", () => {
  it("collects what comes while a handler is busy into its next batch", async () => {
    const feed = new ChangeFeed();
    const batches: string[] = [];
    let release = (): void => undefined;
    const busy = new Promise<void>((resolve) => {
      release = resolve;
    });
    feed.subscribe(async (changes) => {
      batches.push(names(changes));
      await busy;
    });
    for (const sk of ["a", "b", "c"]) feed.publish([change(sk)]);
    expect(batches).toEqual(["a"]);
    release();
    await turn();
    expect(batches).toEqual(["a", "bc"]);
  });

  it("hands a refused batch out again before any later one, waiting longer each time", async () => {
    const waits: number[] = [];
    const feed = new ChangeFeed((ms, run) => {
      waits.push(ms);
      setImmediate(run);
    });
    const seen: string[] = [];
    feed.subscribe((changes) => {
      seen.push(names(changes));
      if (seen.length < 4) throw new Error("not now");
    });
    feed.publish([change("a")]);
    feed.publish([change("b")]);
    while (seen.length < 5) await turn();
    expect(seen).toEqual(["a", "a", "a", "a", "b"]);
    expect(waits).toEqual([10, 20, 40]);
  });

  it("limits a batch", async () => {
    const feed = new ChangeFeed();
    const sizes: number[] = [];
    feed.subscribe((changes) => void sizes.push(changes.length));
    feed.publish(Array.from({ length: 2500 }, (_, i) => change(String(i))));
    await turn();
    expect(sizes).toEqual([1000, 1000, 500]);
  });

  it("calls no handler any more once its subscription has ended, and waits for the call under way", async () => {
    const feed = new ChangeFeed();
    const seen: string[] = [];
    let release = (): void => undefined;
    const end = feed.subscribe(async (changes) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      seen.push(names(changes));
    });
    feed.publish([change("a")]);
    feed.publish([change("b")]);
    let ended = false;
    const ending = end().then(() => {
      ended = true;
    });
    await turn();
    expect(ended).toBe(false);
    release();
    await ending;
    feed.publish([change("c")]);
    await turn();
    expect(seen).toEqual(["a"]);
    expect(feed.active).toBe(false);
  });

  it("stops handing a refused batch out again when it is closed", async () => {
    const feed = new ChangeFeed();
    let calls = 0;
    feed.subscribe(() => {
      calls++;
      throw new Error("never");
    });
    feed.publish([change("a")]);
    await feed.close();
    const before = calls;
    await turn();
    expect(calls).toBe(before);
  });
});
