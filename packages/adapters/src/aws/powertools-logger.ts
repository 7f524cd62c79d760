import { LogFormatter, LogItem, Logger as Powertools } from "@aws-lambda-powertools/logger";
import type { LogAttributes, UnformattedAttributes } from "@aws-lambda-powertools/logger/types";
import type { Logger, LogLevel } from "@qmoi/core";
import { sourceStack } from "./source-stack.ts";

/** An invocation, as far as lines name it. */
export type LoggedContext = Parameters<Powertools["addContext"]>[0];

/** The logger of a function. */
export interface FunctionLogger extends Logger {
  /** From now on lines name this invocation. */
  invoked(context: LoggedContext): void;
}

/** Lines of JSON for CloudWatch, of nothing but what helps: each byte of them is paid for. */
class ShortLines extends LogFormatter {
  formatAttributes({ logLevel, message, timestamp, lambdaContext }: UnformattedAttributes, more: LogAttributes): LogItem {
    const line = { level: logLevel, timestamp: this.formatTimestamp(timestamp), message, request: lambdaContext?.awsRequestId };
    return new LogItem({ attributes: { ...more, ...line } });
  }

  override formatError(error: Error): LogAttributes {
    // The error itself, so that what the platform writes of it tells the sources, too. One that is frozen stays as it is.
    if (error.stack !== undefined) Reflect.set(error, "stack", sourceStack(error.stack));
    return super.formatError(error);
  }
}

export const functionLogger = (level: LogLevel): FunctionLogger => {
  const logger = new Powertools({ logLevel: level.toUpperCase() as Uppercase<LogLevel>, logFormatter: new ShortLines() });
  return {
    // What the line says of itself wins; Powertools would write a warning of its own.
    log: (own, text, { level: _, message: __, timestamp: ___, ...fields } = {}) => logger[own](text, fields as LogAttributes),
    invoked: (context) => logger.addContext(context),
  };
};
