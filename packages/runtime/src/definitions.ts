import { compile, type Graph } from "@qmoi/advanced-automation";
import { type BoundTargets, bindTargets, loadReaders, type Workflow } from "@qmoi/config";
import { type BlobStore, canonicalJson, type Json, NotFoundError, sha256 } from "@qmoi/core";

const CACHED = 200;

/** Hash under which a definition is published: of its content, defaults filled in. */
export const versionOf = (workflow: Workflow): string => sha256(canonicalJson(workflow as unknown as Json)).slice(0, 16);

const blobKey = (version: string): string => `definitions/${version}.json`;

export const compileText = (text: string, version: string): Graph => compile(JSON.parse(text) as Workflow, version);

const NONE: BoundTargets = new Map();

export interface DefinitionsOptions {
  /** Gives the graph of a definition's text, for processes that share what they have compiled. */
  readonly compile?: (text: string, version: string) => Graph;
  /** What bindings stand for here. */
  readonly bindings?: (() => BoundTargets) | undefined;
}

/**
 * Compiled definitions by version and by what bindings stand for, loaded once with what reads their expressions; the least recently used of
 * more than 200 goes.
 */
export class Definitions {
  readonly #blobs: BlobStore;
  readonly #compile: (text: string, version: string) => Graph;
  readonly #graphs = new Map<string, Promise<Graph>>();
  readonly #bindings: () => BoundTargets;
  /** Definitions as they were published, of graphs with something bound. */
  readonly #published = new WeakMap<Graph, Workflow>();

  constructor(blobs: BlobStore, { compile = compileText, bindings = () => NONE }: DefinitionsOptions = {}) {
    this.#blobs = blobs;
    this.#compile = compile;
    this.#bindings = bindings;
  }

  /** Stores the definition's text; the same content again is no second write of other content. */
  async store(workflow: Workflow, version: string): Promise<void> {
    await this.#blobs.put(blobKey(version), Buffer.from(JSON.stringify(workflow)));
  }

  graph(version: string): Promise<Graph> {
    const bound = this.#bindings();
    const key = bound.size === 0 ? version : `${version} ${JSON.stringify([...bound])}`;
    let graph = this.#graphs.get(key);
    if (graph) {
      this.#graphs.delete(key);
    } else {
      graph = this.#load(version, bound);
      graph.catch(() => this.#graphs.delete(key));
    }
    this.#graphs.set(key, graph);
    if (this.#graphs.size > CACHED) this.#graphs.delete(this.#graphs.keys().next().value as string);
    return graph;
  }

  /** The definition as it was published: bindings are names in it. */
  async published(version: string): Promise<Workflow> {
    const graph = await this.graph(version);
    return this.#published.get(graph) ?? graph.workflow;
  }

  async #load(version: string, bound: BoundTargets): Promise<Graph> {
    const bytes = await this.#blobs.get(blobKey(version));
    if (!bytes) throw new NotFoundError(`The definition ${version} is not in the blob store.`, { path: blobKey(version) });
    const published = Buffer.from(bytes).toString();
    const text = bound.size === 0 ? published : JSON.stringify(bindTargets(JSON.parse(published) as Workflow, bound));
    await loadReaders(text);
    const graph = this.#compile(text, version);
    if (text !== published) this.#published.set(graph, JSON.parse(published) as Workflow);
    return graph;
  }
}
