import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type LocalServer, startLocalServer } from "@qmoi/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localOptions } from "../local-options.ts";
import { type CliOptions, runCli } from "../testing/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-access-"));
const data = join(folder, "data");
let server: LocalServer;
const qmoi = (line: string, options?: CliOptions) => runCli([...line.split(" "), "--data", data], options);
const json = async (line: string, options?: CliOptions) => JSON.parse((await qmoi(`${line} --json`, options)).out);

beforeAll(async () => {
  server = await startLocalServer({ ...localOptions({ data }), port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("keys", () => {
  it("are created, shown once, used within their role and scope, listed, rotated and revoked", async () => {
    const { id, key } = await json("keys create ci --role operator --scope workflows --expires 90d");
    const by = (text: string): CliOptions => ({ env: { QMOI_URL: server.url, QMOI_API_KEY: text } });
    expect((await qmoi("workflows", by(key))).code).toBe(0);
    expect((await qmoi("runs", by(key))).err).toContain("QMOI_FORBIDDEN");
    const listed = await json("keys list");
    expect(listed).toContainEqual(expect.objectContaining({ id, name: "ci", role: "operator", scopes: ["workflows"], state: "active" }));
    expect(JSON.stringify(listed)).not.toContain(key.split("_")[2]);
    const rotated = await json(`keys rotate ${id}`);
    expect((await qmoi("workflows", by(key))).err).toContain("QMOI_UNAUTHORIZED");
    expect((await qmoi("workflows", by(rotated.key))).code).toBe(0);
    expect((await qmoi(`keys revoke ${id} --reason lost`)).out).toContain("is revoked");
    expect((await qmoi("workflows", by(rotated.key))).code).toBe(2);
  });

  it("goes to stdout alone, for a pipe", async () => {
    const { out, err } = await qmoi("keys create pipe");
    expect(out).toMatch(/^qmoi_[0-9a-f]{12}_[0-9a-f]{64}\n$/);
    expect(err).toContain("viewer");
  });

  it("that the folder's commands use can be rotated: they go on, and so does the browser's session rule", async () => {
    const before = server.key();
    await json(`keys rotate ${before.split("_")[1]}`);
    expect(server.key()).not.toBe(before);
    expect((await qmoi("runs")).code).toBe(0);
    expect((await fetch(`${server.url}/?key=${before}`, { redirect: "manual" })).status).toBe(401);
    expect((await fetch(`${server.url}/?key=${server.key()}`, { redirect: "manual" })).status).toBe(303);
  });
});

describe("the audit", () => {
  it("is listed, shown and exported", async () => {
    const records = await json("audit list --action key");
    expect(records[0]).toMatchObject({ action: expect.stringMatching(/^key\./), outcome: "done", from: "127.0.0.1" });
    expect(records.some((r: { action: string; reason?: string }) => r.action === "key.revoke" && r.reason === "lost")).toBe(true);
    expect((await qmoi("audit show 1")).out).toMatch(/action +key\.create/);
    const out = join(folder, "audit.ndjson");
    expect((await qmoi(`audit export --out ${out}`)).code).toBe(0);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(lines.map((_, n) => n + 1));
  });

  it("is whole, until somebody alters the database", async () => {
    expect(await qmoi("audit verify")).toMatchObject({ code: 0, out: expect.stringContaining("whole") });
    const db = new DatabaseSync(join(data, "qmoi.db"));
    const { changes } = db.prepare("UPDATE items SET doc = replace(doc, 'key.revoke', 'key.remove') WHERE pk = 'AUDIT'").run();
    db.close();
    expect(changes).toBeGreaterThan(0);
    const tampered = await qmoi("audit verify");
    expect(tampered).toMatchObject({ code: 1, out: expect.stringMatching(/edited +Record \d+ is not what was written/) });
  });
});
