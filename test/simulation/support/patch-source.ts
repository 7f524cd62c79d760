import { registerHooks } from "node:module";

/** A text of a source file, which stands there once, and what stands there instead when it is loaded. */
export interface Patch {
  /** The end of the file's path. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** From now on source files are loaded as patched. Errors: a patch whose text stands there never or more than once. */
export const patchSource = (patches: readonly Patch[]): void => {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const own = patches.filter(({ file }) => url.endsWith(file));
      if (own.length === 0) return loaded;
      let source = String(loaded.source);
      for (const { file, from, to } of own) {
        if (source.split(from).length !== 2) throw new Error(`${file} has \`${from}\` ${source.split(from).length - 1} times`);
        source = source.replace(from, () => to);
      }
      return { ...loaded, source };
    },
  });
};
