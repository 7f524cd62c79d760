import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Samples } from "@qmoi/forecast";

const PACKAGES = ["scikit-learn==1.9.1", "numpy==2.4.6"];
const THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

/** A fit by scikit-learn. */
export interface Fit {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly r2: number;
  readonly nodes: number;
}

/** scikit-learn in a process of its own, on one core, which takes one fit after the other. */
export class Sklearn {
  readonly version: string;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(process: ChildProcess, answers: AsyncIterator<string>, version: string) {
    this.#process = process;
    this.#answers = answers;
    this.version = version;
  }

  /** Installs it from PyPI at the first use, into a folder of its own. */
  static async start(folder: string, train: Samples, test: Samples, python: string): Promise<Sklearn> {
    write(join(folder, "train.f64"), train);
    write(join(folder, "test.f64"), test);
    const script = join(import.meta.dirname, "fit_forest.py");
    const env = { ...process.env, ...Object.fromEntries(THREADS.map((name) => [name, "1"])) };
    const child = spawn(environment(python), [script, folder, String(train.target.length), String(train.columns.length)], {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { version } = JSON.parse((await answers.next()).value as string) as { version: string };
    return new Sklearn(child, answers, version);
  }

  async fit(options: object): Promise<Fit> {
    this.#process.stdin?.write(`${JSON.stringify(options)}\n`);
    return JSON.parse((await this.#answers.next()).value as string) as Fit;
  }

  stop(): void {
    this.#process.stdin?.end();
  }
}

const environment = (python: string): string => {
  const folder = join(tmpdir(), "qmoi-bench-sklearn");
  const bin = join(folder, "bin", "python");
  if (existsSync(join(folder, "complete"))) return bin;
  execFileSync(python, ["-m", "venv", folder], { stdio: "inherit" });
  execFileSync(bin, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES], { stdio: "inherit" });
  writeFileSync(join(folder, "complete"), PACKAGES.join("\n"));
  return bin;
};

const write = (path: string, { columns, target }: Samples): void => {
  const rows = target.length;
  const table = new Float64Array(rows * (columns.length + 1));
  [...columns, target].forEach((column, f) => {
    table.set(column, f * rows);
  });
  writeFileSync(path, table);
};
