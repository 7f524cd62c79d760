import {
  type Clock,
  ConflictError,
  hasCode,
  type Item,
  type Logger,
  NotFoundError,
  type Page,
  type Principal,
  QmoiError,
  type Random,
  type Role,
  type Table,
} from "@qmoi/core";
import {
  hashSecret,
  isUsable,
  KEYS_PK,
  type KeyItem,
  type KeyText,
  keyAccepts,
  keyText,
  parseKey,
  principalOfKey,
} from "@qmoi/master-automation";

/** How old the note of the last use may be, in milliseconds: a write for each request would cost more than the request. */
const USED_MS = 60_000;
const TRIES = 10;

export interface KeyPorts {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** All parts of the API, if absent. */
  readonly scopes?: readonly string[];
  /** Milliseconds since 1970; never, if absent. */
  readonly until?: number;
}

/** What may be told of a key. Times in milliseconds since 1970. */
export interface KeyView extends NewKey {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly used?: number;
  readonly rotated?: number;
  readonly revoked?: number;
  readonly state: "active" | "expired" | "revoked";
}

/** A key with its text, which is nowhere else. */
export type IssuedKey = KeyView & { readonly key: string };

/** The API keys. Revocations and rotations hold from their write on: every check reads the key strongly. */
export class Keys {
  readonly #ports: KeyPorts;
  readonly #listeners = new Set<(id: string, text: string) => void>();

  constructor(ports: KeyPorts) {
    this.#ports = ports;
  }

  /** A new key, whose text is told once. */
  async create(request: NewKey, by: string): Promise<IssuedKey> {
    for (let left = TRIES; left > 0; left--) {
      const text = this.draw();
      const view = await this.adopt(keyText(text), request, by);
      if (view) return { ...view, key: keyText(text) };
    }
    throw new ConflictError("No free id was found for the key.");
  }

  /** A text that no key has yet. */
  draw(id = this.#ports.random.id().slice(0, 12)): KeyText {
    return { id, secret: this.#ports.random.id() + this.#ports.random.id() };
  }

  /** Makes a key of a text that was drawn here; undefined if there is one with its id already. */
  async adopt(text: string, { name, role, scopes, until }: NewKey, by: string): Promise<KeyView | undefined> {
    const { id, secret } = parse(text);
    const at = this.#ports.clock.now();
    const optional = { ...(scopes ? { scopes } : {}), ...(until === undefined ? {} : { until }) };
    const item: KeyItem = { pk: KEYS_PK, sk: id, v: 1, name, role, ...optional, ...this.#salted(secret), by, at };
    try {
      await this.#ports.table.put(item, { when: { site: "key.create", absent: true } });
      return this.#view(item);
    } catch (error) {
      if (hasCode(error, "QMOI_CONFLICT")) return undefined;
      throw error;
    }
  }

  /** Whom the text stands for; undefined whatever is wrong with it. */
  async check(text: string): Promise<Principal | undefined> {
    const parsed = parseKey(text);
    if (!parsed) return undefined;
    const { clock, logger } = this.#ports;
    const item = await this.#read(parsed.id);
    const now = clock.now();
    if (!keyAccepts(item, parsed.secret, now) || !item) return undefined;
    if (now - (item.used ?? 0) >= USED_MS) {
      const used = this.#change(item, (current) => ({ ...current, used: now }));
      used.catch((error) => logger.log("warn", "use of a key not noted", { key: item.sk, error }));
    }
    return principalOfKey(item);
  }

  async list(page: { readonly limit?: number; readonly after?: string } = {}): Promise<Page<KeyView>> {
    const { items, next } = await this.#ports.table.query({ pk: KEYS_PK, ...page });
    return { items: items.map((item) => this.#view(item as KeyItem)), ...(next === undefined ? {} : { next }) };
  }

  /** Rejects with QMOI_NOT_FOUND. */
  async key(id: string): Promise<KeyView> {
    return this.#view(await this.#known(id));
  }

  /** From now on the key counts no longer. Revoking it again changes nothing. */
  async revoke(id: string): Promise<KeyView> {
    const now = this.#ports.clock.now();
    return this.#view(
      await this.#change(await this.#known(id), (item) => (item.revoked === undefined ? { ...item, revoked: now } : undefined)),
    );
  }

  /** A new text for the key; the old one counts no longer. Rejects with QMOI_CONFLICT for a key that was revoked or has expired. */
  async rotate(id: string): Promise<IssuedKey> {
    const { secret } = this.draw(id);
    const now = this.#ports.clock.now();
    const changed = await this.#change(await this.#known(id), (item) => {
      if (!isUsable(item, now)) throw new ConflictError(`The key ${id} counts no longer; create a new one.`);
      return { ...item, ...this.#salted(secret), rotated: now };
    });
    const text = keyText({ id, secret });
    for (const listener of this.#listeners) listener(id, text);
    return { ...this.#view(changed), key: text };
  }

  /** Calls the handler with each key that gets a new text here; returns a function that ends it. */
  onRotated(handler: (id: string, text: string) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Applies the change to the key as it is when it is written; undefined changes nothing. */
  async #change(read: KeyItem, apply: (item: KeyItem) => Omit<KeyItem, "v"> | undefined): Promise<KeyItem> {
    for (let item = read, left = TRIES; ; left--) {
      const changed = apply(item);
      if (!changed) return item;
      const written = { ...changed, v: item.v + 1 } as KeyItem;
      try {
        await this.#ports.table.put(written, { when: { site: "key.change", v: item.v } });
        return written;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT") || left === 0) throw error;
        item = await this.#known(item.sk);
      }
    }
  }

  async #known(id: string): Promise<KeyItem> {
    const item = await this.#read(id);
    if (!item) throw new NotFoundError(`There is no key ${id.slice(0, 50)}.`);
    return item;
  }

  async #read(id: string): Promise<KeyItem | undefined> {
    return (await this.#ports.table.get({ pk: KEYS_PK, sk: id })) as (Item & KeyItem) | undefined;
  }

  #salted(secret: string): { readonly salt: string; readonly hash: string } {
    const salt = this.#ports.random.id();
    return { salt, hash: hashSecret(salt, secret) };
  }

  #view({ sk, name, role, scopes, by, at, until, used, rotated, revoked }: KeyItem): KeyView {
    const state = revoked !== undefined ? "revoked" : until !== undefined && until <= this.#ports.clock.now() ? "expired" : "active";
    const optional = { scopes, until, used, rotated, revoked };
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    return { id: sk, name, role, by, at, state, ...given };
  }
}

const parse = (text: string): KeyText => {
  const parsed = parseKey(text);
  if (!parsed) throw new QmoiError("QMOI_INVALID_INPUT", "This is not the text of a key.");
  return parsed;
};
