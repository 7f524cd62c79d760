import type { ReadConfigFile } from "@qmoi/config";
import { loadDocument, overDocument } from "@qmoi/config/schemas";
import type { Overlay } from "@qmoi/runtime";

/** Checks what it makes: a module of its own, because it needs every schema. */
export const overlayOn =
  (readFile: ReadConfigFile): Overlay =>
  (document, changed) =>
    overDocument(document, loadDocument(document, readFile), changed);
