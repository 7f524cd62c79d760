// Only what is used, in a module of its own: loaded at the first call, and a bundler leaves out the rest of the SDK.
export { ECSClient, ListTasksCommand, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
