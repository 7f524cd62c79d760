/** The ARN of an execution of a state machine, of which a version or alias may be named. */
export const executionArn = (machineArn: string, name: string): string =>
  [...machineArn.replace(":stateMachine:", ":execution:").split(":").slice(0, 7), name].join(":");
