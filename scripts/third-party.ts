import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders of the packages in node_modules that a bundle's inputs come from. */
export const bundledPackages = (inputs: readonly string[]): string[] => {
  const folders = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
};

/** The notices that the bundled packages ask for: name, version, licence, and its text. */
export const thirdPartyNotices = (inputs: readonly string[], root: string): string =>
  bundledPackages(inputs)
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
        name: string;
        version: string;
        license?: string;
      };
      const [file] = globSync("{LICENSE,LICENCE,license,License,COPYING}*", { cwd: join(root, folder) }).sort();
      const text = file && existsSync(join(root, folder, file)) ? `\n${readFileSync(join(root, folder, file), "utf8").trim()}\n` : "";
      return `${manifest.name} ${manifest.version} (${manifest.license ?? "see its text"})\n${text}`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
