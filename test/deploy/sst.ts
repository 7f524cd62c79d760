import { spawn } from "node:child_process";

/** Runs `sst <args>` in the repository, or in a copy of it; rejects with what it wrote when it fails. */
export const sst = (args: readonly string[], env: NodeJS.ProcessEnv, cwd = process.cwd()): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn("sst", [...args, "--no-color"], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("exit", (code) => {
      const failed = code !== 0 || /✖|ROLLBACK|_FAILED/.test(output);
      if (failed) reject(new Error(`sst ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`));
      else resolve(output);
    });
  });
