// In place of the SDK's event streams, which no operation that QMOI calls answers with.
const unused = (): never => {
  throw new Error("Event streams are left out of QMOI's functions: see functions/aws/event-streams.ts.");
};

export class EventStreamSerde {
  constructor() {
    unused();
  }
}

export const eventStreamSerdeProvider = unused;
/** What a client asks for when it is made, though it may never need it. */
export const resolveEventStreamSerdeConfig = <T extends object>(input: T): T => input;
