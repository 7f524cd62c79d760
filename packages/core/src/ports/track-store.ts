/** Where tracks are written: a folder, or later other places that they are synced to. Names are those of files; a write is atomic. */
export interface TrackStore {
  /** Undefined if absent. */
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}
