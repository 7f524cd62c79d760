import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { expect, it } from "vitest";
import { leaveUnreached } from "./leave-unreached.ts";

const FILES = {
  "package.json": '{ "sideEffects": false }',
  "start.js": 'import { used } from "./one.js"; used();',
  "one.js": 'export const used = () => import("./late.js");\nexport const unused = () => import("./never.js");',
  "late.js": 'import { two } from "./shared.js"; console.log(two);',
  "never.js": 'export { three } from "./shared.js";',
  "shared.js": 'export const two = "second";\nexport const three = "third";',
};

it("leaves out what only unused code would load, and refuses to leave out what is loaded", async () => {
  const home = mkdtempSync(join(tmpdir(), "qmoi-unreached-"));
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(home, name), text);
    const bundled = (plugins: Plugin[]) => {
      const options = { bundle: true, splitting: true, format: "esm", outdir: "out", metafile: true, write: false } as const;
      return build({
        ...options,
        logLevel: "silent",
        absWorkingDir: home,
        entryPoints: [join(home, "start.js")],
        plugins,
      } satisfies BuildOptions);
    };
    const first = await bundled([]);
    const textOf = ({ outputFiles }: { readonly outputFiles: readonly { readonly text: string }[] }): string =>
      outputFiles.map(({ text }) => text).join("\n");
    expect(textOf(first)).toContain("third");
    const entryOf = (name: string): string =>
      Object.entries(first.metafile.outputs).find(([, { entryPoint }]) => entryPoint === name)?.[0] ?? "";
    const without = (...names: readonly string[]): Plugin => {
      const reached = Object.keys(first.metafile.outputs).filter((path) => !names.map(entryOf).includes(path));
      return leaveUnreached(home, first.metafile, new Set(reached)) as Plugin;
    };
    const second = textOf(await bundled([without("never.js")]));
    expect(second).toContain("second");
    expect(second).not.toContain("third");
    await expect(bundled([without("late.js")])).rejects.toThrow("late.js was left out, and is loaded all the same");
  } finally {
    rmSync(home, { recursive: true });
  }
});
