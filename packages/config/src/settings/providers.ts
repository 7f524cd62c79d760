/** Where work may be placed, and who reports from there. */
export const PROVIDERS = ["aws", "gcp", "azure", "huggingface", "colab"] as const;
export type ProviderName = (typeof PROVIDERS)[number];
