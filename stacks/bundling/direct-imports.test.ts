import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { DirectImports } from "./direct-imports.ts";

it("takes names from where they come from, past every index, but for types, and leaves the rest", async () => {
  const home = mkdtempSync(join(tmpdir(), "qmoi-imports-"));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  try {
    put(
      "p/index.js",
      'export { a, inner as b } from "./one";\nexport * from "./two";\nexport { far } from "other";\nexport const own = 1;\nexport * as all from "./one";\n',
    );
    put("p/one.js", "export const a = 1;\nexport class inner {}\n");
    put("p/two/index.js", 'export { deep } from "./deep";\n');
    put("p/two/deep.js", "export function deep() {}\n");
    put("other/index.js", 'export { far } from "./far";\n');
    put("other/far.js", "export const far = 1;\n");
    const files = new Map([
      ["p", join(home, "p/index.js")],
      ["other", join(home, "other/index.js")],
    ]);
    const direct = new DirectImports(async (specifier) => files.get(specifier));
    const text =
      'import { a, b as c, deep, far, own, all } from "p";\nimport { x } from "unknown";\nimport { y } from "./near";\nexport { a as z } from "p";\nimport { type T, b } from "p";\n';
    const [index, one, deep, far] = ["p/index.js", "p/one.js", "p/two/deep.js", "other/far.js"].map((path) =>
      JSON.stringify(join(home, path)),
    );
    expect((await direct.of(text, join(home, "m.js"))).replaceAll("; import", ";\nimport").split("\n")).toEqual([
      `import { a as a } from ${one};`,
      `import { inner as c } from ${one};`,
      `import { deep as deep } from ${deep};`,
      `import { far as far } from ${far};`,
      `import { own as own } from ${index};`,
      'import { all as all } from "p";',
      'import { x } from "unknown";',
      'import { y } from "./near";',
      `export { a as z } from ${one};`,
      `import { inner as b } from ${one};`,
      "",
    ]);
  } finally {
    rmSync(home, { recursive: true });
  }
});
