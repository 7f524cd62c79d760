import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { DeployedAlias, DeployedAliases } from "../../stacks/deployed.ts";
import type { Template } from "../../stacks/permissions.ts";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";

const alias = (FunctionVersion: unknown) => ({ Type: "AWS::Lambda::Alias", Properties: { FunctionVersion } });
const published = { Live: alias({ "Fn::GetAtt": ["V7", "Version"] }), Kept: alias("4"), Queue: { Type: "AWS::SQS::Queue" } };
const ARN = "arn:aws:lambda:us-east-1:000000000000:function:f:7";

suite("what is deployed already", missingDeployPackages, () => {
  /** Stacks by name; a text instead of one is an error. */
  let stacks: Record<string, { readonly status: string; readonly resources: object; readonly published?: string } | string>;
  let server: Server;
  let deployedAliases: (stacks: readonly string[]) => Promise<DeployedAliases>;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const given = new URLSearchParams(Buffer.concat(chunks).toString());
      const [action, stack] = [given.get("Action"), stacks[given.get("StackName") ?? ""]];
      const error = (code: string, message: string): string =>
        `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      if (typeof stack !== "object") {
        const text = stack === undefined ? error("ValidationError", "Stack with id s does not exist") : error("AccessDenied", stack);
        response.writeHead(400).end(text);
        return;
      }
      const results: Record<string, string> = {
        DescribeStacks: `<Stacks><member><StackName>s</StackName><StackStatus>${stack.status}</StackStatus></member></Stacks>`,
        GetTemplate: `<TemplateBody>${JSON.stringify({ Resources: stack.resources })}</TemplateBody>`,
        DescribeStackResource: `<StackResourceDetail><PhysicalResourceId>${stack.published ?? ARN}</PhysicalResourceId></StackResourceDetail>`,
      };
      response.end(`<${action}Response><${action}Result>${results[action ?? ""]}</${action}Result></${action}Response>`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    ({ deployedAliases } = await import("../../stacks/deployed.ts"));
  }, 120_000);
  beforeEach(() => {
    vi.stubEnv("QMOI_LIVE", undefined);
    stacks = { a: { status: "UPDATE_COMPLETE", resources: published }, b: { status: "ROLLBACK_COMPLETE", resources: published } };
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server?.close();
  });

  it("is what its templates say of aliases; a stack that is not there, or never was whole, has none", async () => {
    expect(await deployedAliases(["a", "b", "c"])).toEqual(
      new Map([
        ["a/Live", { version: "7", publishedBy: "V7" }],
        ["a/Kept", { version: "4" }],
      ]),
    );
  });

  it("is not taken for nothing where it can't be read", async () => {
    stacks.a = "not allowed";
    await expect(deployedAliases(["a"])).rejects.toThrow(
      "The stack a can't be read, to leave its functions' versions as they are: not allowed",
    );
    stacks.a = { status: "CREATE_COMPLETE", resources: published, published: "what is this" };
    await expect(deployedAliases(["a"])).rejects.toThrow("V7 is no published version");
  });

  it("is not looked up where the deploy is to move every alias itself", async () => {
    stacks = { a: "not allowed" };
    vi.stubEnv("QMOI_LIVE", "newest");
    expect(await deployedAliases(["a"])).toEqual(new Map());
    vi.stubEnv("QMOI_LIVE", "yes");
    await expect(deployedAliases(["a"])).rejects.toThrow('set it to "newest"');
  });

  it("stays in the next template: the same version, by the same resource while that publishes it", async () => {
    const { templatesOf } = await import("../../stacks/templates.ts");
    const { aliasKey } = await import("../../stacks/deployed.ts");
    const aliasesOf = (templates: ReadonlyMap<string, Template>) =>
      [...templates].flatMap(([stack, { Resources }]) =>
        Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
          Type === "AWS::Lambda::Alias" ? [[aliasKey(stack, id), Properties.FunctionVersion] as const] : [],
        ),
      );
    const first = aliasesOf(templatesOf("dev"));
    expect(first.length).toBeGreaterThan(10);
    for (const [, version] of first) expect(version["Fn::GetAtt"]).toEqual([expect.stringMatching(/CurrentVersion/), "Version"]);
    // The first was published by another resource, of other code; the second names a number already; the third is new.
    const [changed = "", moved = "", added = ""] = first.map(([key]) => key);
    const deployed = new Map<string, DeployedAlias>(
      first.map(([key, version]) => [key, { version: "1", publishedBy: version["Fn::GetAtt"][0] as string }]),
    );
    deployed.set(changed, { version: "1", publishedBy: "CurrentVersionOfOtherCode" }).set(moved, { version: "5" }).delete(added);
    const next = new Map(aliasesOf(templatesOf("dev", deployed)));
    for (const [key, version] of first) expect(next.get(key)).toEqual(key === changed ? "1" : key === moved ? "5" : version);
  });
});
