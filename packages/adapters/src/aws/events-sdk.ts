// Only what is used, in a module of its own: loaded at the first call, and a bundler leaves out the rest of the SDK.
export {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
} from "@aws-sdk/client-eventbridge";
