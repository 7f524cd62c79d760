import { QmoiError, type Releases } from "@qmoi/core";

/** Where the version that runs is the only one there is. `why` a move to another one is refused says what to do. */
export const onlyRelease = (version: string, why: string): Releases => ({
  lasting: false,
  running: async () => ({ qmoi: version }),
  newest: async () => ({ qmoi: version }),
  move: async (_module, { qmoi }) => {
    if (qmoi !== version) throw new QmoiError("QMOI_UPDATE_UNAVAILABLE", why);
    return "moved";
  },
});
