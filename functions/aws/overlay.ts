import { loadDocument, overDocument } from "@qmoi/config/schemas";
import type { Overlay } from "@qmoi/runtime";
import { configurationFile } from "./configuration-file.ts";

/** Checks what it makes: a module of its own, because it needs every schema. */
export const overlay: Overlay = (document, changed) => overDocument(document, loadDocument(document, configurationFile), changed);
