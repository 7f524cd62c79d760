/** What is paid for. Times of functions are gigabyte-seconds: memory times duration. */
export type Resource =
  | "tableWriteUnit"
  | "tableReadUnit"
  | "tableGigabyteMonth"
  | "streamRead"
  | "queueRequest"
  | "functionRequest"
  | "functionGigabyteSecond"
  | "logGigabyte"
  | "logGigabyteMonth"
  | "event"
  | "stateTransition"
  | "apiRequest"
  | "blobWrite"
  | "blobRead"
  | "blobGigabyteMonth"
  | "alarmMonth"
  | "metricMonth"
  | "dashboardMonth";

/** Dollars for `per` units. */
export interface Price {
  readonly name: string;
  readonly unit: string;
  readonly dollars: number;
  readonly per: number;
}

export interface PriceList {
  /** Who gives them. */
  readonly source: string;
  readonly region: string;
  /** A day on which these prices held. */
  readonly date: string;
  readonly prices: Readonly<Record<Resource, Price>>;
}

const MILLION = 1_000_000;

/**
 * AWS list prices, on demand, without the free tier. Functions on Arm; table of the class Standard; queue of the class Standard; log class
 * Standard, of which the first 10 TB a month. A function that a stream drives reads it for nothing.
 */
export const AWS_PRICES: PriceList = {
  source: "AWS Price List",
  region: "us-east-1",
  date: "2026-05-11",
  prices: {
    tableWriteUnit: { name: "DynamoDB write request units", unit: "unit", dollars: 0.625, per: MILLION },
    tableReadUnit: { name: "DynamoDB read request units", unit: "unit", dollars: 0.125, per: MILLION },
    tableGigabyteMonth: { name: "DynamoDB storage", unit: "GB-month", dollars: 0.25, per: 1 },
    streamRead: { name: "DynamoDB Streams, read by functions", unit: "request", dollars: 0, per: MILLION },
    queueRequest: { name: "SQS requests", unit: "request", dollars: 0.4, per: MILLION },
    functionRequest: { name: "Lambda requests", unit: "request", dollars: 0.2, per: MILLION },
    functionGigabyteSecond: { name: "Lambda time", unit: "GB-s", dollars: 13.3334, per: MILLION },
    logGigabyte: { name: "CloudWatch Logs taken in", unit: "GB", dollars: 0.5, per: 1 },
    logGigabyteMonth: { name: "CloudWatch Logs kept", unit: "GB-month", dollars: 0.03, per: 1 },
    event: { name: "EventBridge events of one's own", unit: "event", dollars: 1, per: MILLION },
    stateTransition: { name: "Step Functions transitions", unit: "transition", dollars: 25, per: MILLION },
    apiRequest: { name: "HTTP API requests", unit: "request", dollars: 1, per: MILLION },
    blobWrite: { name: "S3 writes", unit: "request", dollars: 5, per: MILLION },
    blobRead: { name: "S3 reads", unit: "request", dollars: 0.4, per: MILLION },
    blobGigabyteMonth: { name: "S3 storage", unit: "GB-month", dollars: 0.023, per: 1 },
    alarmMonth: { name: "CloudWatch alarms", unit: "alarm-month", dollars: 0.1, per: 1 },
    metricMonth: { name: "CloudWatch metrics of one's own", unit: "metric-month", dollars: 0.3, per: 1 },
    dashboardMonth: { name: "CloudWatch dashboards", unit: "dashboard-month", dollars: 3, per: 1 },
  },
};
