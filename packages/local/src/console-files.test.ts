import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CONSOLE_FILES, consoleFile } from "./console-files.ts";

const names = CONSOLE_FILES.map((url) => basename(url.pathname));
const texts = new Map(CONSOLE_FILES.map((url) => [basename(url.pathname), readFileSync(url, "utf8")]));

describe("the console's files", () => {
  it("are all that lie in its folder", () => {
    const [first] = CONSOLE_FILES;
    const folder = readdirSync(fileURLToPath(new URL(".", first))).filter((name) => /\.(html|css|js|svg)$/.test(name));
    expect(names.toSorted()).toEqual(folder.toSorted());
  });

  it("refer only to each other, so that nothing is missing and nothing comes from elsewhere", () => {
    const references = [...texts].flatMap(([name, text]) =>
      [...text.matchAll(/(?:from\s+|src=|href=|import\(|@import\s+|url\()["']?(\.\/[^"')\s]+|\/[^"')\s]*|[a-z]+:[^"')\s]+)/g)].map(
        (match) => [name, match[1] ?? ""],
      ),
    );
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter(([, target]) => !names.includes(basename(target ?? "")))).toEqual([]);
  });

  it("hold no script and no style in the markup, which the page's policy forbids", () => {
    const html = texts.get("console.html") ?? "";
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
  });

  it("are served by name, the page at /, and nothing else is", async () => {
    expect((await consoleFile("/"))?.type).toContain("text/html");
    expect((await consoleFile("/console.js"))?.type).toContain("javascript");
    for (const path of ["/console.html", "/../package.json", "/console-files.ts", "//console.js", "/constructor", ""]) {
      expect(await consoleFile(path), path).toBeUndefined();
    }
  });
});
