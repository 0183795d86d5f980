import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { Unavailable, Unwritable } from '../../core/basics/errors.ts';
import { byReference, type IntegrationEvent } from '../../core/publish/publication.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface EventBridge {
  readonly client: EventBridgeClient;
  /** The bus's name or ARN. It must come from the template: EventBridge accepts events for a bus that does not exist, and drops them. */
  readonly busName: string;
  /** Waits before an entry is sent again after a failure that will pass. */
  readonly pause: (tries: number) => Promise<void>;
}

export const maxEntries = 10;
/** A request must be smaller than 1 MB. */
export const maxRequestBytes = 1_000_000;
/** The size that every target of a rule accepts. The bus itself accepts a whole request's worth. */
export const maxEventBytes = 256 * 1000;
const maxRequests = 4;
const maxTries = 4;

interface Sending {
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
  readonly tries: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * A bus of EventBridge. Events that are published at the same time share a request, up to its limits. Each entry of a request may fail by
 * itself, and settles its own promise. To keep the order of events, the caller must await one before it publishes the next.
 */
export const eventBridgeBus = ({ client, busName, pause }: EventBridge): EventBus => {
  const waiting: Sending[] = [];
  let requests = 0;

  const flush = (): void => {
    while (waiting.length > 0 && requests < maxRequests) {
      requests += 1;
      void put(nextRequest(waiting)).finally(() => {
        requests -= 1;
        flush();
      });
    }
  };
  const put = async (sendings: readonly Sending[]): Promise<void> => {
    try {
      const Entries = sendings.map(({ entry }) => entry);
      const { Entries: results = [] } = await orUnavailable(client.send(new PutEventsCommand({ Entries })));
      for (const [index, sending] of sendings.entries()) settle(sending, results[index]);
    } catch (error) {
      for (const { reject } of sendings) reject(error);
    }
  };
  const settle = (sending: Sending, result: PutEventsResultEntry | undefined): void => {
    const { resolve, reject, tries } = sending;
    const failure = failureOf(result);
    if (failure === undefined) resolve();
    else if (failure instanceof Unwritable || tries === maxTries) reject(failure);
    else pause(tries).then(() => enqueue({ ...sending, tries: tries + 1 }), reject);
  };
  const enqueue = (sending: Sending): void => {
    waiting.push(sending);
    if (waiting.length === 1) setImmediate(flush); // So that further events of this turn share the request.
  };

  return {
    publish: (event) =>
      new Promise((resolve, reject) => {
        const entry = toEntry(event, busName);
        enqueue({ entry, bytes: entryBytes(entry), tries: 1, resolve, reject });
      }),
  };
};

/** Removes from the head of the queue the entries that fit into one request. */
const nextRequest = (waiting: Sending[]): readonly Sending[] => {
  let bytes = 0;
  const end = waiting.findIndex((sending, index) => {
    bytes += sending.bytes;
    return index === maxEntries || (index > 0 && bytes > maxRequestBytes);
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
};

/** Throttles and faults of the service will pass (Unavailable). A fault of the entry will not (Unwritable). */
const failureOf = (result: PutEventsResultEntry | undefined): Error | undefined => {
  if (result?.EventId !== undefined) return undefined;
  const { ErrorCode = 'NoAnswer', ErrorMessage = '' } = result ?? {};
  const message = `${ErrorCode}: ${ErrorMessage}`;
  return /malformed|invalid/i.test(ErrorCode) ? new Unwritable(message) : new Unavailable(message);
};

/** The event as an entry. If the entry is too large, it has a reference to the data in place of the data. */
export const toEntry = (event: IntegrationEvent, EventBusName: string): PutEventsRequestEntry => {
  const entry = (detail: object) => ({ EventBusName, Source: event.source, DetailType: event.type, Detail: JSON.stringify(detail) });
  const whole = entry(event);
  return entryBytes(whole) <= maxEventBytes ? whole : entry(byReference(event));
};

/** The bytes that EventBridge counts for an entry. */
export const entryBytes = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number =>
  [Source, DetailType, Detail].reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
