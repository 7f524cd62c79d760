import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderBlobStore, MemoryBlobStore } from "@qmoi/adapters";
import { afterAll } from "vitest";
import { blobStoreContract } from "./blob-store.ts";

blobStoreContract("MemoryBlobStore", () => new MemoryBlobStore());

const folder = mkdtempSync(join(tmpdir(), "qmoi-blobs-"));
let stores = 0;
blobStoreContract("FolderBlobStore", () => new FolderBlobStore(join(folder, `${stores++}`)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
