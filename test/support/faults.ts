import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { engineClient } from './dynamo.ts';

/** The process died: nothing of it runs on, so nothing may retry after this. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

interface Fault {
  /** Whether the engine gets the request before things go wrong; `late`: after the request that follows it. */
  readonly executed: 'yes' | 'no' | 'late' | 'twice';
  /** What the caller gets in place of the answer; absent: what the engine says the second time. */
  readonly answer?: () => HttpAnswer;
  /** From then on nothing comes through: the outage outlasts every retry, or the process is dead. */
  readonly lasts: boolean;
}

const timeout = (): never => {
  throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
};
const refuse = (): never => {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
};
const crash = (): never => {
  throw new Crash();
};
const problem = (statusCode: number, type: string) => (): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: new TextEncoder().encode(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'injected' })),
});

/** Everything that can go wrong with one request to the engine. */
export const faults = {
  throttled: { executed: 'no', answer: problem(400, 'ProvisionedThroughputExceededException'), lasts: false },
  'timed out, not executed': { executed: 'no', answer: timeout, lasts: false },
  'timed out, executed': { executed: 'yes', answer: timeout, lasts: false },
  'timed out, executed after its own retry': { executed: 'late', answer: timeout, lasts: false },
  'answered 500, executed': { executed: 'yes', answer: problem(500, 'InternalServerError'), lasts: false },
  'delivered twice, the second time answered': { executed: 'twice', lasts: false },
  'nobody listens': { executed: 'no', answer: refuse, lasts: true },
  'an outage before': { executed: 'no', answer: timeout, lasts: true },
  'an outage after': { executed: 'yes', answer: timeout, lasts: true },
  'a crash before': { executed: 'no', answer: crash, lasts: true },
  'a crash after': { executed: 'yes', answer: crash, lasts: true },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** When a fault strikes: at the nth HTTP request of a client, retries counted, from 1. */
export interface Strike {
  readonly fault: FaultName;
  readonly at: number;
}

/** Connections that fail as told, one after the other or all at once: a crash takes them all. */
export interface Trouble {
  /** The connection, with the trouble on it. */
  readonly on: (connection: Connection) => Connection;
  /** The operations sent so far, in order, retries among them: `['Query', 'PutItem', 'PutItem']`. */
  readonly requests: readonly string[];
  /** How many of the faults have struck. */
  readonly struck: () => number;
  /** Mends the connections, counts from here, and lets these faults strike. */
  readonly restart: (...strikes: readonly Strike[]) => void;
}

export const trouble = (...first: readonly Strike[]): Trouble => {
  const requests: string[] = [];
  let strikes = first;
  let struck = 0;
  let broken: Fault | undefined;
  let delayed: (() => Promise<void>) | undefined;

  const handleOn =
    (connection: Connection): Connection['handle'] =>
    async (request, options) => {
      const send = () => connection.handle(request, options);
      requests.push(String(request.headers['x-amz-target']).split('.')[1] ?? '?');
      if (broken?.answer !== undefined) return { response: broken.answer() };
      const strike = strikes.find(({ at }) => at === requests.length);
      if (strike === undefined) {
        const answer = await send();
        await delayed?.();
        delayed = undefined;
        return answer;
      }
      struck += 1;
      const fault: Fault = faults[strike.fault];
      if (fault.lasts) broken = fault;
      if (fault.executed === 'yes') await drained(send());
      if (fault.executed === 'late') delayed = () => drained(send());
      if (fault.answer !== undefined) return { response: fault.answer() };
      await drained(send());
      return connection.handle(asAnother(request), options);
    };
  const restart = (...next: readonly Strike[]): void => {
    strikes = next;
    struck = 0;
    broken = undefined;
    requests.length = 0;
  };
  const on = (connection: Connection): Connection => ({ handle: handleOn(connection), destroy: () => connection.destroy() });
  return { on, requests, struck: () => struck, restart };
};

export interface FaultyClient extends Omit<Trouble, 'on'> {
  readonly client: DynamoDBDocumentClient;
}

/** A client whose connection to the engine fails as told; without strikes it only counts. The SDK above it is the real one. */
export const faultyClient = (...strikes: readonly Strike[]): FaultyClient => {
  const { on, ...told } = trouble(...strikes);
  return { client: troubled(on), ...told };
};

/** A client of the engine with this trouble on its connection. */
export const troubled = (on: Trouble['on']): DynamoDBDocumentClient => {
  const client = engineClient();
  Object.assign(client.config, { requestHandler: on(client.config.requestHandler as Connection) });
  return client;
};

/** The same request, but not under the token by which the engine would know it for the same: what happens once that has expired. */
const asAnother = (request: Request): Request => {
  const body = new TextDecoder().decode(request.body as Uint8Array);
  return { ...request, body: body.replace(/("ClientRequestToken":")[^"]*/, (_, name) => name + randomUUID()) };
};

/** Reads an answer that nobody will get, so that its socket is free again. */
const drained = async (sent: Promise<{ response: HttpAnswer }>): Promise<void> => {
  const { response } = await sent;
  if (!(response.body instanceof Uint8Array)) for await (const _ of response.body as AsyncIterable<Uint8Array>);
};

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
export interface Request {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}
export interface Connection {
  handle(request: Request, options?: object): Promise<{ response: HttpAnswer }>;
  destroy(): void;
}
