import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const OWN = ["package.json", "tsconfig.json", "sst.config.ts", "cdk.json", "config", "functions", "stacks", "scripts"];
/** What the newer version differs in: the code of some functions, and the environment of all of QMOI's own. */
const NEWER = [
  ["functions/aws/version.ts", /"0\.[0-9.]+"/, '"9.9.9"'],
  ["stacks/stages.ts", /(dev: .*logLevel: )"info"/, '$1"debug"'],
] as const;
/** A newer commit of the repository, as far as a deploy looks at it, in a folder of its own. Rejects where the sources can't be changed so. */
export const newerCopy = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "qmoi-newer-"));
  for (const name of OWN) await cp(name, join(folder, name), { recursive: true, filter: (path) => !path.includes("node_modules") });
  // The same packages, and a cache of its own, which bundles are made in.
  await mkdir(join(folder, "node_modules"));
  const packages = (await readdir("node_modules")).filter((name) => name !== ".cache");
  for (const name of packages) await symlink(join(process.cwd(), "node_modules", name), join(folder, "node_modules", name));
  for (const [file, from, to] of NEWER) {
    const text = await readFile(join(folder, file), "utf8");
    if (!from.test(text)) throw new Error(`${file} holds nothing like ${from}`);
    await writeFile(join(folder, file), text.replace(from, to));
  }
  return folder;
};

export const removeCopy = (folder: string): Promise<void> => rm(folder, { recursive: true });
