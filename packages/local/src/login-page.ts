/** For pages: what they may load comes from this server only, and nobody may frame, sniff, cache or be told of them. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** What a browser without a session sees. The link helps one that came by a link of another site, whose cookies are kept back once. */
export const loginPage = (wrongKey: boolean): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>QMOI</title>
<h1>QMOI</h1>
<p>${wrongKey ? "The key in the address is not this server's." : "This browser has no session yet."}</p>
<p>Open the address that <code>qmoi up</code> printed, with its key. It lies in the file <code>token</code> of the data folder too.</p>
<p><a href="/">Try again</a></p>
</html>
`;
