import { compile, type Graph } from "@qmoi/advanced-automation";
import { loadReaders, type Workflow } from "@qmoi/config";
import { type BlobStore, canonicalJson, type Json, NotFoundError, sha256 } from "@qmoi/core";

const CACHED = 200;

/** Hash under which a definition is published: of its content, defaults filled in. */
export const versionOf = (workflow: Workflow): string => sha256(canonicalJson(workflow as unknown as Json)).slice(0, 16);

const blobKey = (version: string): string => `definitions/${version}.json`;

export const compileText = (text: string, version: string): Graph => compile(JSON.parse(text) as Workflow, version);

/** Compiled definitions by version, loaded once with what reads their expressions; the least recently used of more than 200 goes. */
export class Definitions {
  readonly #blobs: BlobStore;
  readonly #compile: (text: string, version: string) => Graph;
  readonly #graphs = new Map<string, Promise<Graph>>();

  /** `compile`: gives the graph of a definition's text, for processes that share what they have compiled. */
  constructor(blobs: BlobStore, compile = compileText) {
    this.#blobs = blobs;
    this.#compile = compile;
  }

  /** Stores the definition's text; the same content again is no second write of other content. */
  async store(workflow: Workflow, version: string): Promise<void> {
    await this.#blobs.put(blobKey(version), Buffer.from(JSON.stringify(workflow)));
  }

  graph(version: string): Promise<Graph> {
    let graph = this.#graphs.get(version);
    if (graph) {
      this.#graphs.delete(version);
    } else {
      graph = this.#load(version);
      graph.catch(() => this.#graphs.delete(version));
    }
    this.#graphs.set(version, graph);
    if (this.#graphs.size > CACHED) this.#graphs.delete(this.#graphs.keys().next().value as string);
    return graph;
  }

  async #load(version: string): Promise<Graph> {
    const bytes = await this.#blobs.get(blobKey(version));
    if (!bytes) throw new NotFoundError(`The definition ${version} is not in the blob store.`, { path: blobKey(version) });
    const text = Buffer.from(bytes).toString();
    await loadReaders(text);
    return this.#compile(text, version);
  }
}
