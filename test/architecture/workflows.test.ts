import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commentOf } from "../../scripts/deploy-diff.ts";
import { root } from "./sources.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
const workflows = globSync(".github/workflows/*.yml", { cwd: root }).map((path) => [path, readFileSync(join(root, path), "utf8")] as const);
const valuesOf = (key: string, text: string): string[] =>
  [...text.matchAll(new RegExp(`^\\s*(?:- )?${key}: (.*)$`, "gm"))].map(([, value = ""]) => value);

describe.each(workflows)("%s", (_, text) => {
  it("pins each action by its commit, and says which version that is", () => {
    expect(valuesOf("uses", text)).not.toEqual([]);
    for (const used of valuesOf("uses", text)) expect(used).toMatch(/^[a-z-]+\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("calls only what a person can call too", () => {
    expect(valuesOf("run", text)).not.toEqual([]);
    for (const command of valuesOf("run", text)) {
      if (command === ".ci/run" || command.startsWith("gh pr comment ")) continue;
      const [, script = ""] = /^npm run --silent ([a-z:]+)/.exec(command) ?? [];
      expect(scripts, command).toHaveProperty([script]);
    }
  });

  it("has no right that it doesn't name, and no secret", () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(text).not.toContain("secrets.");
  });
});

describe("the deploy", () => {
  const text = workflows.find(([path]) => path.endsWith("deploy.yml"))?.[1] ?? "";

  it("takes roles by OIDC, and waits for a person before prod", () => {
    expect(valuesOf("role-to-assume", text)).toEqual(["${{ vars.AWS_DIFF_ROLE }}", "${{ vars.AWS_DEPLOY_ROLE }}"]);
    expect(valuesOf("environment", text)).toEqual(["staging", "prod"]);
    expect(text).toMatch(/^ {2}prod:\n {4}needs: staging$/m);
    expect(valuesOf("id-token", text)).toEqual(["write", "write", "write"]);
  });
});

describe("a diff as a comment", () => {
  it("folds each stage, in a fence that its text doesn't end", () => {
    const comment = commentOf(new Map([["prod", "+ a\n```\n- b"]]));
    expect(comment).toContain("<summary>prod</summary>");
    expect(comment).toContain("````diff\n+ a\n```\n- b\n````");
  });

  it("fits into a comment, and says how to see the rest", () => {
    const long = "x".repeat(100_000);
    const comment = commentOf(
      new Map([
        ["staging", long],
        ["prod", long],
      ]),
    );
    expect(comment.length).toBeLessThan(65_536);
    expect(comment).toContain("npm run deploy:diff -- --stage prod");
  });
});
