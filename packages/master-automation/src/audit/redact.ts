const MASK = "***";

/** Secrets that their form gives away, and what stays of each. */
const FORMS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\bqmoi_[\w-]{20,}/g, `qmoi_${MASK}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, MASK],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, MASK],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|hf_|sk-|sk_live_|rk_live_|xox[abprs]-|AIza)[\w-]{16,}/g, MASK],
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi, `$1${MASK}@`],
  [
    /\b([\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s"',;&}]+)/gi,
    `$1${MASK}`,
  ],
];

/** Names of properties whose text is a secret whatever it looks like. */
const NAMES = /passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|authorization|credential|cookie/i;

/** The text without what looks like a secret: keys, tokens, passwords in addresses and assignments. */
export const redactText = (text: string): string => {
  let clean = text;
  for (const [pattern, instead] of FORMS) clean = clean.replace(pattern, instead);
  return clean;
};

/** The same for every text inside a value; what stands under a name such as `password` goes whole. */
export const redactSecrets = <T>(value: T): T => redact(value, 0) as T;

const redact = (value: unknown, depth: number): unknown => {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > 64) return MASK;
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      typeof entry === "string" && entry !== "" && NAMES.test(name) ? MASK : redact(entry, depth + 1),
    ]),
  );
};
