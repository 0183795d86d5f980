import { randomUUID } from 'node:crypto';
import { EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { eventBridgeBus } from '../../adapters/outbound/event-bridge-bus.ts';
import type { IntegrationEvent } from '../../core/publish/publication.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { Connection } from './faults.ts';

/** EventBridge as far as a publisher can see it: each entry is taken or refused by itself, and what is taken is kept in order. */
export class FakeBus {
  /** What was taken, as it was sent. */
  readonly entries: PutEventsRequestEntry[] = [];
  /** How many entries each request had. */
  readonly requests: number[] = [];
  #refuse: (nth: number) => string | undefined;
  #seen = 0;

  /** `refuse` answers an error's code for the nth entry that comes in, from 1, or nothing. */
  constructor(refuse: (nth: number) => string | undefined = () => undefined) {
    this.#refuse = refuse;
  }

  get events(): readonly IntegrationEvent[] {
    return this.entries.map(({ Detail = '' }) => JSON.parse(Detail));
  }

  /** From now on everything is taken. */
  mend(): void {
    this.#refuse = () => undefined;
  }

  readonly connection: Connection = {
    handle: async ({ body }) => {
      const { Entries } = JSON.parse(new TextDecoder().decode(body as Uint8Array)) as {
        readonly Entries: readonly PutEventsRequestEntry[];
      };
      this.requests.push(Entries.length);
      const results = Entries.map((entry) => this.#take(entry));
      const answer = { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: results };
      return {
        response: {
          statusCode: 200,
          headers: { 'content-type': 'application/x-amz-json-1.1' },
          body: new TextEncoder().encode(JSON.stringify(answer)),
        },
      };
    },
    destroy: () => {},
  };

  #take(entry: PutEventsRequestEntry): { EventId?: string; ErrorCode?: string; ErrorMessage?: string } {
    this.#seen += 1;
    const ErrorCode = this.#refuse(this.#seen);
    if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'injected' };
    this.entries.push(entry);
    return { EventId: randomUUID() };
  }
}

/** The adapter under test, with the real SDK above a connection. */
export const busOn = (connection: Connection): EventBus => {
  const client = new EventBridgeClient({ region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  Object.assign(client.config, { requestHandler: connection });
  return eventBridgeBus({ client, busName: 'bus', pause: async () => {} });
};
