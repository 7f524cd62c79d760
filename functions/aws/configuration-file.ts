// Put in by whoever bundles the function: the configuration's files by name, as JSON.
declare const QMOI_CONFIG: string;

const files: Readonly<Record<string, string>> = JSON.parse(QMOI_CONFIG);

/** A configuration file as it was deployed. */
export const configurationFile = (file: string): string | undefined => files[file];
