import { describe, expect, it } from "vitest";
import { Abort } from "./abort.ts";

describe("Abort", () => {
  it("tells the handler and the signal the first reason only, whichever was asked for first", () => {
    const early = new Abort();
    const reasons: unknown[] = [];
    early.signal.addEventListener("abort", () => reasons.push(early.signal.reason));
    early.onAbort(() => reasons.push("handler"));
    early.abort("timeout");
    early.abort("cancelled");
    expect(reasons).toEqual(["timeout", "handler"]);

    const late = new Abort();
    late.abort("heartbeat");
    expect(late.signal.aborted).toBe(true);
    expect(late.signal.reason).toBe("heartbeat");
  });

  it("tells nobody after the end", () => {
    const abort = new Abort();
    const { signal } = abort;
    let told = false;
    abort.onAbort(() => {
      told = true;
    });
    abort.ended();
    abort.abort("cancelled");
    expect(told || signal.aborted).toBe(false);
  });
});
