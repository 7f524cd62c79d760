// Apart from the package's index: few ask for advice.
export { recommend } from "./recommend.ts";
export { Replay } from "./replay.ts";
export { taskProfiles } from "./task-profile.ts";
