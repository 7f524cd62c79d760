import { lookup as dnsLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { QmoiError } from "@qmoi/core";
import ipaddr from "ipaddr.js";

/** IANA's only block of IPv6 addresses in public use; everything outside it is special. */
const GLOBAL_V6 = ipaddr.IPv6.parse("2000::");
/** RFC 6052: a translator reaches the IPv4 address in the last 32 bits. */
const NAT64 = ipaddr.IPv6.parse("64:ff9b::");
/** A metadata service under an otherwise public address: Azure's. The others lie in link-local, private or shared ranges. */
const METADATA = new Set(["168.63.129.16"]);

const isPublicV4 = (address: ipaddr.IPv4): boolean => address.range() === "unicast" && !METADATA.has(address.toString());

/** Whether an address in text form belongs to the public internet: not private, loopback, link-local, shared, multicast or reserved. */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return isPublicV4(address);
  if (address.match(NAT64, 96)) return isPublicV4(new ipaddr.IPv4(address.toByteArray().slice(12)));
  return address.match(GLOBAL_V6, 3) && address.range() === "unicast";
};

const refused = (host: string, address: string): QmoiError =>
  new QmoiError("QMOI_ADDRESS_REFUSED", `${host} is ${host === address ? "" : `at ${address}, `}not a public address.`, {
    path: "$.target.url",
  });

/** Throws if a URL's host is itself an address that isn't allowed: no name is looked up for those. */
export const checkLiteral = (url: URL, isAllowed: (address: string) => boolean): void => {
  // The URL parser has made 0x7f.1, 2130706433 and 0177.0.0.1 the same 127.0.0.1.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isAllowed(host)) throw refused(url.hostname, url.hostname);
};

/**
 * A name lookup that refuses a name with any address that isn't allowed. The connection is made to the addresses checked here,
 * so a name that resolves differently the next time (DNS rebinding) gains nothing.
 */
export const guardedLookup =
  (isAllowed: (address: string) => boolean, lookup: LookupFunction = dnsLookup as LookupFunction): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const all = Array.isArray(addresses) ? addresses : [];
      const bad = all.find(({ address }) => !isAllowed(address));
      const [first] = all;
      if (bad) callback(refused(hostname, bad.address), []);
      else if (!first) callback(Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" }), []);
      else if (options.all) callback(null, all);
      else callback(null, first.address, first.family);
    });
  };
