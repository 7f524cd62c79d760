/** What the SDK asks an address by: of the client, and for S3 of the request. */
interface Asked {
  readonly Region?: string;
  readonly Endpoint?: string;
  readonly UseFIPS?: boolean;
  readonly UseDualStack?: boolean;
  readonly Bucket?: string;
  readonly ForcePathStyle?: boolean;
}

interface Endpoint {
  readonly url: URL;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string[]>>;
}

/** Ends of addresses by how the names of regions begin; the last fits all others. */
const SUFFIXES = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["", "amazonaws.com"],
] as const;

const IP = /^(?:\d+\.){3}\d+$|^\[/;

/**
 * In place of the SDK's rules for addresses, which know FIPS, dual stack, accounts and access points: QMOI's functions ask for none of them.
 * `host`: what the service is called in its addresses.
 */
export const endpointsOf =
  (host: string) =>
  ({ Region = "", Endpoint, UseFIPS, UseDualStack, Bucket, ForcePathStyle }: Asked): Endpoint => {
    if (UseFIPS || UseDualStack) throw new Error("FIPS and dual stack are left out of QMOI's functions: see functions/aws/endpoints.ts.");
    const suffix = SUFFIXES.find(([start]) => Region.startsWith(start))?.[1];
    const url = new URL(Endpoint ?? `https://${host}.${Region}.${suffix}`);
    if (host !== "s3") return { url, properties: {}, headers: {} };
    if (Bucket !== undefined) {
      if (ForcePathStyle || IP.test(url.hostname)) url.pathname = `${url.pathname.replace(/\/$/, "")}/${Bucket}`;
      else url.host = `${Bucket}.${url.host}`;
    }
    const scheme = { name: "sigv4", signingName: host, signingRegion: Region, disableDoubleEncoding: true };
    return { url, properties: { authSchemes: [scheme] }, headers: {} };
  };
