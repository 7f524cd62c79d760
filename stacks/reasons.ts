/** Why a permission is given: by the beginning of its action, and where that tells too little by what it is given on. */
const REASONS: readonly (readonly [action: RegExp, on: RegExp, why: string])[] = [
  [/^dynamodb:(GetItem|PutItem|DeleteItem)$/, /./, "Everything that is stored is an item; each write has its own condition."],
  [/^dynamodb:Query$/, /index/, "Lists by workflow, by time and of what is active."],
  [/^dynamodb:Query$/, /./, "Reads what belongs together: a run's attempts, a schedule's firings, the audit's records."],
  [/^dynamodb:Scan$/, /./, "Backups, restores and retention read the whole table."],
  [
    /^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)$/,
    /./,
    "The table's stream wakes the decider, and the announcer with what others react to.",
  ],
  [
    /^s3:(GetObject|PutObject|DeleteObject|ListBucket)$/,
    /Backups/,
    "Makes, lists, reads and deletes backups, which lie in a bucket of their own: only who carries out commands can.",
  ],
  [
    /^s3:(GetObject|PutObject|DeleteObject)$/,
    /./,
    "Definitions, large outputs, captured output and forecasts lie in the bucket; retention deletes them.",
  ],
  [/^s3:ListBucket$/, /./, "Lists what has expired; without it, what is absent would be forbidden instead."],
  [/^sqs:(SendMessage|GetQueueAttributes|GetQueueUrl)$/, /hints$/, "Tells the task-runner what may start."],
  [
    /^sqs:(SendMessage|GetQueueAttributes|GetQueueUrl)$/,
    /wakes$/,
    "Has the decider look at a run when its time has come, or a person changed it.",
  ],
  [/^sqs:(SendMessage|GetQueueAttributes|GetQueueUrl)$/, /completions$/, "Tells how work ended that ran elsewhere, `wait` among it."],
  [/^sqs:(SendMessage|GetQueueAttributes|GetQueueUrl)$/, /dead-letters$/, "Keeps what failed for good."],
  [/^sqs:(ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueAttributes|GetQueueUrl)$/, /./, "The queue drives the function."],
  [/^lambda:(GetAlias|ListVersionsByFunction)$/, /./, "Tells which versions the stage's functions run, and which are the newest."],
  [/^lambda:UpdateAlias$/, /./, "`update_system` moves the stage's functions from version to version, and back."],
  [
    /^lambda:DeleteFunction$/,
    /./,
    "`update_system` deletes versions that nobody comes back to, and names one each time: AWS has no narrower right than that on the function.",
  ],
  [/^lambda:InvokeFunction$/, /\*:\*$/, "`update_system` asks each version whether it works, before it moves to it and after."],
  [/^lambda:InvokeFunction$/, /(task-|qmoi-work-)/, "`function` and `lambda` targets."],
  [/^lambda:InvokeFunction$/, /master/, "A step of a command, or the module's schedule."],
  [/^lambda:InvokeFunction$/, /(api|authorizer)/, "A request to the API."],
  [/^lambda:InvokeFunction$/, /./, "The module's schedule."],
  [/^states:StartExecution$/, /master-command/, "Begins a master's command."],
  [/^states:StartExecution$/, /./, "`step-functions` targets."],
  [
    /^states:DescribeExecution$/,
    /master-command/,
    "Finds out whether the execution of a command that has not ended runs: if not, another one carries it on.",
  ],
  [/^states:StopExecution$/, /./, "`step-functions` targets: ends what was cancelled or is over its time, by names of the stage's own."],
  [/^ecs:RunTask$/, /./, "`ecs` targets."],
  [/^ecs:TagResource$/, /./, "`ecs` targets: a task is marked as the stage's own as it begins, and then only."],
  [
    /^ecs:(ListTasks|StopTask)$/,
    /./,
    "`ecs` targets: finds and ends what was cancelled or is over its time, of tasks marked as the stage's own.",
  ],
  [/^iam:PassRole$/, /./, "`ecs` targets: the roles that a task definition names, to ECS alone."],
  [/^ssm:GetParameter$/, /functions/, "Tells which functions belong to which module."],
  [/^ssm:GetParameter$/, /secrets/, "Secrets of tasks by `ssm:` references."],
  [/^secretsmanager:GetSecretValue$/, /secrets/, "Secrets of tasks by `secretsmanager:` references."],
  [
    /^(ssm:GetParameter|secretsmanager:GetSecretValue)$/,
    /backup-key/,
    "The key that backups are encrypted with, where the configuration names it.",
  ],
  [/^ssm:(GetParameter|PutParameter)$/, /audit-key/, "The key that signs the audit, made by whoever needs it first."],
  [/^sns:Publish$/, /./, "An alarm tells whoever is subscribed that it goes on or off."],
  [/^cloudwatch:DescribeAlarms$/, /./, "A health check tells which alarms are on."],
  [
    /^events:(DescribeRule|EnableRule|DisableRule|PutRule)$/,
    /./,
    "Switches a module's schedule off while it is stopped, and follows a change of it in the configuration.",
  ],
  [/^events:PutEvents$/, /./, "Tells on the event bus what has happened."],
  [/^logs:(CreateLogStream|PutLogEvents)$/, /./, "The function's own log."],
  [/^logs:/, /^\*$/, "The log of the state machine's failures: its delivery knows no resource of its own."],
];

/** Throws an Error where a permission has no reason. */
export const reasonOf = (action: string, on: string): string => {
  const found = REASONS.find(([actions, ons]) => actions.test(action) && ons.test(on));
  if (!found) throw new Error(`Nothing says what needs ${action} on ${on}: give its reason in stacks/reasons.ts.`);
  return found[2];
};
