/** From the least to the most: each role may do what those before it may. */
export const ROLES = ["viewer", "operator", "master"] as const;
export type Role = (typeof ROLES)[number];

/** Who acts: a person or program with credentials, or the system itself. */
export interface Principal {
  /** Names it in audit records, such as a key's id; never a secret. */
  readonly id: string;
  readonly kind: "key" | "oidc" | "system";
  readonly role: Role;
  /** Parts of the API that it is held to; all, if absent. */
  readonly scopes?: readonly string[];
}

/** Whether `role` may do what needs `needed`. */
export const roleAllows = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Whoever holds the data folder, or the process itself. */
export const LOCAL: Principal = { id: "local", kind: "system", role: "master" };
