import { Definitions, type Ports } from "@qmoi/runtime";

/** Definitions as this stage's bindings have them, for who reads workflows: one to a cold start. */
export const openDefinitions = ({ blobs, bindings }: Ports): Definitions => new Definitions(blobs, { bindings });
