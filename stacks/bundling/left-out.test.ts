import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { HOSTS, LEFT_OUT, standInOf } from "./left-out.ts";

const root = process.cwd();
const require = createRequire(join(root, "packages", "adapters", "package.json"));
const folderOf = (client: string): string => dirname(require.resolve(`@aws-sdk/client-${client}/package.json`));

type Resolve = (asked: object) => { readonly url: URL; readonly properties?: object; readonly headers?: object };

/** Bundled, because the SDK's modules name no file endings. */
const imported = async (contents: string): Promise<Record<string, unknown>> => {
  const options = { bundle: true, write: false, format: "esm", platform: "node" } as const;
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: root } });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? "").toString("base64")}`);
};

const whole = (file: string): string => `export * from ${JSON.stringify(file)};`;

const resolverOf = async (contents: string): Promise<Resolve> => {
  const { defaultEndpointResolver } = await imported(contents);
  return defaultEndpointResolver as Resolve;
};

interface Partition {
  readonly id: string;
  readonly regions: Readonly<Record<string, unknown>>;
}

const regions = async (): Promise<readonly string[]> => {
  const file = join(root, "node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js");
  const { partitionsInfo } = (await imported(whole(file))) as { readonly partitionsInfo: { readonly partitions: readonly Partition[] } };
  return partitionsInfo.partitions.flatMap((one) => Object.keys(one.regions)).filter((region) => !region.endsWith("-global"));
};

const plain = ({ url, properties = {}, headers = {} }: ReturnType<Resolve>): object => ({
  // The SDK appends the path of the request to it.
  url: url.href.replace(/\/$/, ""),
  properties,
  headers,
});

describe("what is left out of the SDK", () => {
  it.each(Object.keys(LEFT_OUT))("is there, and what stands for %s has its names", (end) => {
    const file = join(root, "node_modules", end);
    const theirs = readFileSync(file, "utf8");
    const names = [...(standInOf(file, root) ?? "").matchAll(/^export (?:const |class |\{ \w+ as )(\w+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(theirs).toMatch(new RegExp(`^export .*\\b${name}\\b`, "m"));
  });

  it.each(Object.keys(HOSTS))("%s is asked at the same addresses, in every region", async (client) => {
    const file = join(folderOf(client), "dist-es/endpoint/endpointResolver.js");
    const [theirs, ours] = [await resolverOf(whole(file)), await resolverOf(standInOf(file, root) as string)];
    const all = await regions();
    expect(all.length).toBeGreaterThan(30);
    const same = (asked: object): void => expect({ asked, ...plain(ours(asked)) }).toEqual({ asked, ...plain(theirs(asked)) });
    const none = { UseFIPS: false, UseDualStack: false };
    const places = [{}, { Endpoint: "http://127.0.0.1:4566" }, { Endpoint: "http://localhost:4566/" }, { Endpoint: "https://a.example/b" }];
    const buckets = client === "s3" ? [{}, { Bucket: "qmoi-test-blobs" }, { Bucket: "a.b", ForcePathStyle: true }] : [{}];
    for (const Region of all) for (const place of places) for (const bucket of buckets) same({ ...none, Region, ...place, ...bucket });
  });

  it("refuses what it can't do, rather than ask somebody else", async () => {
    const ours = await resolverOf(standInOf("/@aws-sdk/client-sqs/dist-es/endpoint/endpointResolver.js", root) as string);
    for (const asked of [{ UseFIPS: true }, { UseDualStack: true }])
      expect(() => ours({ Region: "us-east-1", ...asked })).toThrow("left out");
  });
});
