import { configLeaves, isBuilt } from "@qmoi/config/schemas";

/** Leaves that nothing reads yet, because their module is not built: nothing can differ by them, and nobody can set them. */
export const exempt: readonly string[] = configLeaves().filter((leaf) => !isBuilt(leaf));
