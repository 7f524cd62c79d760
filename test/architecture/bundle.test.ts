import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rewriteSiblings, type SiblingFiles } from "../../scripts/bundle-urls.ts";
import { bundledPackages, thirdPartyNotices } from "../../scripts/third-party.ts";

describe("the bundle's files beside the code", () => {
  let root = "";
  let found: SiblingFiles;
  const put = (path: string, text = ""): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const rewrite = (text: string): string => rewriteSiblings(text, join(root, "packages/local/src/a.ts"), root, found);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bundle-"));
    found = { entries: new Map(), assets: new Map() };
    for (const path of ["packages/local/src/worker.ts", "packages/local/src/page.html", "config/a.json", "package.json", "tsconfig.json"])
      put(path);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("makes a worker an entry of its own", () => {
    expect(rewrite('const w = new Worker(new URL("./worker.ts", import.meta.url));')).toBe(
      'const w = new Worker(new URL("./worker.js", import.meta.url));',
    );
    expect(found.entries).toEqual(new Map([["worker", join(root, "packages/local/src/worker.ts")]]));
  });

  it("copies what is no code, and finds what the package ships", () => {
    expect(rewrite('[new URL("./page.html", import.meta.url), new URL("../../../config/a.json", import.meta.url)]')).toBe(
      '[new URL("./page.html", import.meta.url), new URL("../config/a.json", import.meta.url)]',
    );
    expect([...found.assets.keys()]).toEqual(["page.html"]);
    expect(rewrite("new URL('../../../package.json', import.meta.url)")).toBe('new URL("../package.json", import.meta.url)');
  });

  it("leaves comments, texts, require and main alone", () => {
    const text = '// new URL("./no.ts", import.meta.url)\nconst a = "import.meta.url"; createRequire(import.meta.url); import.meta.main;';
    expect(rewrite(text)).toBe(text);
    expect(found.entries.size).toBe(0);
  });

  it.each([
    "import.meta.dirname",
    "fileURLToPath(import.meta.url)",
    "new URL(name, import.meta.url)",
    "import.meta.resolve('./worker.ts')",
  ])("refuses %s, which would break only in the installed package", (text) => {
    expect(() => rewrite(`\n${text};`)).toThrow(/a\.ts:2 only new URL/);
  });

  it("refuses a missing file and two files of one name", () => {
    expect(() => rewrite('new URL("./gone.ts", import.meta.url)')).toThrow(/does not exist/);
    for (const path of ["packages/local/src/deep/worker.ts", "packages/local/src/worker.js"]) put(path);
    expect(() => rewrite('[new URL("./worker.js", import.meta.url), new URL("./worker.ts", import.meta.url)]')).toThrow(
      /dist\/worker\.js; rename/,
    );
    expect(() => rewrite('[new URL("./worker.ts", import.meta.url), new URL("./deep/worker.ts", import.meta.url)]')).toThrow(/rename one/);
  });

  it("carries the notices of third-party code", () => {
    put("node_modules/@a/b/package.json", '{"name":"@a/b","version":"1.0.0","license":"MIT"}');
    put("node_modules/@a/b/LICENSE.md", "Permission is granted");
    put("node_modules/c/package.json", '{"name":"c","version":"2.0.0"}');
    const inputs = ["packages/cli/src/main.ts", "node_modules/@a/b/index.js", "node_modules/@a/b/x.js", "node_modules/c/index.js"];
    expect(bundledPackages(inputs)).toEqual(["node_modules/@a/b", "node_modules/c"]);
    expect(thirdPartyNotices(inputs, root)).toMatch(
      /^@a\/b 1\.0\.0 \(MIT\)\n\nPermission is granted\n\n-+\n\nc 2\.0\.0 \(see its text\)\n$/,
    );
  });
});
