import { QmoiError } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { createClient, eachItem } from "./index.ts";

const answering = (status: number, body: unknown) => {
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    calls.push({ url, init });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  };
  return { calls, client: createClient({ url: "http://127.0.0.1:4600/", key: "k", fetch }) };
};
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error) => (error instanceof QmoiError ? error.code : error),
  );

describe("requests", () => {
  it("carry the key, the query without what is undefined, and encoded names", async () => {
    const { calls, client } = answering(200, { items: [] });
    await client.logs("r/1", "a b", { attempt: 2, limit: undefined as never });
    expect(calls[0]?.url).toBe("http://127.0.0.1:4600/v1/runs/r%2F1/tasks/a%20b/logs?attempt=2");
    expect(calls[0]?.init.headers).toMatchObject({ authorization: "Bearer k" });
  });

  it("carry the idempotency key of a run", async () => {
    const { calls, client } = answering(202, {});
    await client.startRun({ workflow: "w" }, "once");
    expect(calls[0]?.init).toMatchObject({ method: "POST", body: '{"workflow":"w"}', headers: { "idempotency-key": "once" } });
  });

  it("are refused when address or key can't be right", () => {
    expect(() => createClient({ url: "localhost:4600" })).toThrow(/not the address/);
    expect(() => createClient({ url: "ftp://localhost" })).toThrow(/not the address/);
    expect(() => createClient({ url: "http://localhost", key: "a\nb" })).toThrow(/API key/);
  });
});

describe("errors", () => {
  it("come back as the API's QmoiError", async () => {
    const problem = {
      code: "QMOI_TASK_CYCLE",
      title: "t",
      status: 400,
      detail: "a needs b needs a",
      remedy: "r",
      path: "$.tasks[0]",
      requestId: "q",
    };
    const error = await answering(400, problem)
      .client.publish({})
      .catch((e: QmoiError) => e);
    expect(error).toMatchObject({
      code: "QMOI_TASK_CYCLE",
      message: "a needs b needs a",
      path: "$.tasks[0]",
      remedy: "r",
      data: { requestId: "q" },
    });
  });

  it.each([
    [401, { message: "Unauthorized" }, "QMOI_UNAUTHORIZED"],
    [403, { message: "Forbidden" }, "QMOI_FORBIDDEN"],
    [429, { message: "Too Many Requests" }, "QMOI_THROTTLED"],
    [500, { message: "Internal Server Error" }, "QMOI_INTERNAL"],
    [400, { code: "toString", detail: "x" }, "QMOI_UNREACHABLE"],
    [200, "<html>", "QMOI_UNREACHABLE"],
  ])("HTTP %i that is not QMOI's: %j", async (status, body, code) => {
    expect(await codeOf(answering(status, body).client.runs())).toBe(code);
  });

  it("say that nobody answers", async () => {
    expect(await codeOf(createClient({ url: "http://127.0.0.1:1" }).health())).toBe("QMOI_UNREACHABLE");
  });

  it("say that nobody answers in time", async () => {
    const fetch = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
    const error = await createClient({ url: "http://localhost", timeoutMs: 1, fetch })
      .health()
      .catch((e: QmoiError) => e);
    expect(error).toMatchObject({ code: "QMOI_UNREACHABLE", message: expect.stringContaining("no answer in time") });
  });
});

describe("eachItem", () => {
  it("follows the cursors to the end", async () => {
    const pages: Record<string, { items: number[]; next?: string }> = {
      "": { items: [1, 2], next: "b" },
      b: { items: [], next: "c" },
      c: { items: [3] },
    };
    const seen: number[] = [];
    for await (const item of eachItem(async (after = "") => pages[after] ?? { items: [] })) seen.push(item);
    expect(seen).toEqual([1, 2, 3]);
  });
});
