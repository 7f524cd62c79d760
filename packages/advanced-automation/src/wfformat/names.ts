const MAX = 100;
const GAP = "..";
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Whether a text can be the name of a task or a type as it is. */
export const isName = (text: string): boolean => text.length <= MAX && NAME.test(text);

/** A name made of any text: other characters become `-`, and of a long one the middle goes, since ids often differ at their end. */
export const toName = (text: string, max = MAX): string => {
  const clean = trim(text.replace(/[^A-Za-z0-9._-]+/g, "-"));
  if (clean === "") return "task";
  if (clean.length <= max) return clean;
  const half = Math.floor((max - GAP.length) / 2);
  return trim(clean.slice(0, half)) + GAP + trim(clean.slice(-half));
};

const trim = (text: string): string => text.replace(/^[._-]+|[._-]+$/g, "");

/** Names for ids, one each: those that collide get a number, in the order of the list. */
export const uniqueNames = (ids: readonly string[]): Map<string, string> => {
  // An id that is a name already keeps it, wherever it stands.
  const taken = new Set(ids.filter(isName));
  const names = new Map<string, string>();
  for (const id of ids) {
    if (isName(id)) {
      names.set(id, id);
      continue;
    }
    let name = toName(id);
    for (let n = 2; taken.has(name); n++) name = `${toName(id, MAX - 8)}-${n}`;
    taken.add(name);
    names.set(id, name);
  }
  return names;
};
