import type { JsonObject } from "../json.ts";

/** What others may react to. */
export const EVENTS = ["run failed", "task dead-lettered", "control changed", "command ended"] as const;
export type EventName = (typeof EVENTS)[number];

/** Something that has happened and is stored: an event is told again rather than lost, under the same id. */
export interface SystemEvent {
  readonly name: EventName;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly detail: JsonObject & { readonly id: string };
}

/** Tells whoever listens; nothing of what the system does depends on that. */
export interface EventBus {
  /** Rejects where some events were not taken: then all of them are told again. */
  publish(events: readonly SystemEvent[]): Promise<void>;
}
