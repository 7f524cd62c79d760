import type { LookupFunction } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLiteral, guardedLookup, isPublicAddress } from "./address-guard.ts";

const refusedAddresses = [
  ...["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3"],
  ...["100.64.0.1", "100.100.100.200", "100.127.255.255", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "198.18.0.1"],
  ...["192.0.0.192", "192.0.2.1", "168.63.129.16"],
  ...["::1", "::", "fe80::1", "febf::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "3fff::1"],
  ...[
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
  ],
  ...["2002:7f00:1::", "2001::1", "fe80::1%eth0", "not an address", ""],
];
const publicAddresses = [
  "1.1.1.1",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "100.63.0.1",
  "100.128.0.1",
  "2606:4700::1111",
  "::ffff:8.8.8.8",
];

describe("isPublicAddress", () => {
  it.each(refusedAddresses)("refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([...publicAddresses, "64:ff9b::808:808"])("takes %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it("takes no private block in any way to write it, and never throws", () => {
    const octet = fc.nat({ max: 255 });
    fc.assert(
      fc.property(fc.constantFrom([10], [127], [192, 168], [169, 254]), fc.array(octet, { minLength: 3, maxLength: 3 }), (prefix, rest) => {
        const bytes = [...prefix, ...rest].slice(0, 4);
        const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
        const mapped = `::ffff:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
        expect([bytes.join("."), `::ffff:${bytes.join(".")}`, mapped].some(isPublicAddress)).toBe(false);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === "boolean"));
  });
});

describe("checkLiteral", () => {
  const check = (url: string) => checkLiteral(new URL(url), isPublicAddress);
  const spellings = [
    ...["127.0.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "127.0.0.1.", "%31%32%37.0.0.1", "①②⑦.0.0.1"],
    ...["[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "[::]", "0", "169.254.169.254", "[fe80::1]"],
  ];
  it.each(spellings)("refuses http://%s/", (host) => {
    expect(() => check(`http://${host}/`)).toThrow(expect.objectContaining({ code: "QMOI_ADDRESS_REFUSED" }));
  });

  it("leaves names and public addresses", () => {
    for (const host of ["example.com", "localhost", "1.1.1.1", "[2606:4700::1111]"]) check(`http://${host}/`);
  });
});

describe("guardedLookup", () => {
  const addresses =
    (list: string[]): LookupFunction =>
    (_, __, callback) => {
      callback(
        null,
        list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    };
  const look = (list: string[], all: boolean, name = "service.test") =>
    new Promise<unknown>((resolve, reject) => {
      guardedLookup(isPublicAddress, addresses(list))(name, { all }, (error, address, family) =>
        error ? reject(error) : resolve([address, family]),
      );
    });

  it("passes public addresses in the form asked for", async () => {
    expect(await look(["1.1.1.1", "8.8.8.8"], false)).toEqual(["1.1.1.1", 4]);
    expect(await look(["1.1.1.1"], true)).toEqual([[{ address: "1.1.1.1", family: 4 }], undefined]);
  });

  it("refuses a name with one bad address among good ones", async () => {
    const error = { code: "QMOI_ADDRESS_REFUSED", message: "service.test is at 10.0.0.1, not a public address." };
    await expect(look(["1.1.1.1", "10.0.0.1"], true)).rejects.toMatchObject(error);
    await expect(look(["10.0.0.1"], false)).rejects.toMatchObject(error);
  });

  it("passes on that a name is unknown", async () => {
    await expect(look([], true)).rejects.toMatchObject({ code: "ENOTFOUND" });
    const failing: LookupFunction = (_, __, callback) => callback(Object.assign(new Error("no"), { code: "EAI_AGAIN" }), []);
    const error = await new Promise((resolve) => guardedLookup(isPublicAddress, failing)("x.test", { all: true }, resolve));
    expect(error).toMatchObject({ code: "EAI_AGAIN" });
  });
});
