// Bundles the command line and the server into dist/: `npm run build`, and before `npm pack`.
import { join } from "node:path";
import { bundleQmoi } from "./bundle.ts";
import { repositoryRoot } from "./bundle-urls.ts";

try {
  console.log(`Built into dist/: ${await bundleQmoi(join(repositoryRoot, "dist"))}.`);
} catch (error) {
  // esbuild has printed its own errors, with their places.
  if (!(error instanceof Error && "errors" in error)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
