import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answering } from '../http/door.ts';
import { foreignRefusal } from '../http/foreign.ts';
import { gatewayAnswer, type HttpAnswer } from '../http/response.ts';
import type { Invocation } from '../lambda/invocation.ts';
import { pause } from '../waiting.ts';
import { type AsyncInvocations, asyncInvocations } from './async-invocation.ts';
import type { BusEvent } from './event-bus.ts';

// Services on one machine hear each other: a service asks another one for the events of some sources, and the other one brings them, each
// until it has been accepted. On AWS, a rule of the other one's bus does the same.

export interface NeighboursProps {
  /** Holds the listeners, and the events that are on their way to them. */
  readonly folder: string;
  /** The same at every start, if data is kept. */
  readonly name: string;
  /** Where this service listens. */
  readonly url: string;
  /** The services that it listens to. */
  readonly listensTo: readonly string[];
  readonly say: (line: string) => void;
}

export interface Neighbours {
  /** The requests of other services, by path. */
  readonly routes: ReadonlyMap<string, Answering>;
  /** Takes an event of the own bus to the services that listen. On record when it returns. */
  tell(event: BusEvent): void;
  /** From here on, `take` gets the events of others, of the sources that it asks for. */
  hear(sources: readonly string[], take: (event: BusEvent) => void): void;
  close(): void;
}

export const listenersPath = '/_local/listeners';
export const eventsPath = '/_local/events';

interface Listener {
  readonly name: string;
  readonly url: string;
  readonly sources: readonly string[];
}

const daysKept = 14;
const secondsBetweenTries = 1;
const millisecondsBetweenRequests = 2000;

export const openNeighbours = (props: NeighboursProps): Neighbours => {
  const listeners = openListeners(props);
  const stopping = new AbortController();
  let heard: { readonly sources: readonly string[]; readonly take: (event: BusEvent) => void } | undefined;

  /** A service that was stopped, or begins without data, has forgotten who listens. So it is asked again and again. */
  const ask = async (other: string): Promise<void> => {
    let isHeard: boolean | undefined;
    while (!stopping.signal.aborted) {
      if (heard !== undefined) {
        const listener: Listener = { name: props.name, url: props.url, sources: heard.sources };
        const isAccepted = (await post(`${other}${listenersPath}`, listener)) === 204;
        if (isAccepted !== isHeard) props.say(isAccepted ? `listens to ${other}` : `waits for ${other}, which does not answer`);
        isHeard = isAccepted;
      }
      await pause(millisecondsBetweenRequests, stopping.signal);
    }
  };
  for (const other of props.listensTo) void ask(other.replace(/\/+$/, ''));

  return {
    routes: new Map<string, Answering>([
      [listenersPath, json((body) => listeners.add(body as Listener))],
      [
        eventsPath,
        json((body) => {
          if (heard === undefined) throw new Error('not yet');
          heard.take(body as BusEvent);
        }),
      ],
    ]),
    tell: listeners.tell,
    hear: (sources, take) => {
      heard = { sources, take };
    },
    close: () => {
      stopping.abort();
      listeners.close();
    },
  };
};

/** Those that listen to this service, and what is on its way to each. */
const openListeners = ({ folder, say }: NeighboursProps) => {
  const file = join(folder, 'listeners.json');
  const known = new Map<string, Listener>(read(file).map((one) => [one.name, one]));
  const deliveries = new Map<string, AsyncInvocations>();

  const deliver = (name: string): AsyncInvocations => {
    const found = deliveries.get(name);
    if (found !== undefined) return found;
    const invocations = asyncInvocations({
      ...{ folder: join(folder, 'listeners', name), functionArn: name, timeScale: 1, say },
      pauseSeconds: () => secondsBetweenTries,
      invoke: async (event) => invocationOf(await post(`${known.get(name)?.url}${eventsPath}`, event)),
    });
    invocations.configure({ maximumEventAgeSeconds: daysKept * 24 * 3600, maximumRetryAttempts: Number.POSITIVE_INFINITY });
    invocations.start();
    deliveries.set(name, invocations);
    return invocations;
  };
  for (const name of known.keys()) deliver(name);

  return {
    add: ({ name, url, sources }: Listener): void => {
      if (!/^[a-z0-9]{1,64}$/.test(name) || !/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) throw new Error('no listener of this machine');
      if (JSON.stringify(known.get(name)) === JSON.stringify({ name, url, sources })) return;
      known.set(name, { name, url, sources });
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify([...known.values()]));
      renameSync(`${file}.new`, file);
      say(`${url} listens to ${sources.join(', ')}`);
    },
    tell: (event: BusEvent): void => {
      for (const { name, sources } of known.values()) if (sources.includes(event.source)) deliver(name).accept(event);
    },
    close: () => {
      for (const { stop } of deliveries.values()) stop();
    },
  };
};

const read = (file: string): readonly Listener[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return []; // The file is renamed into its place, so what cannot be read is not there.
  }
};

/** The status of the answer; undefined without one. */
const post = async (url: string, body: unknown): Promise<number | undefined> => {
  try {
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
    return status;
  } catch {
    return undefined;
  }
};

const invocationOf = (status: number | undefined): Invocation =>
  status === 204
    ? { requestId: '', ok: true, payload: null }
    : {
        requestId: '',
        ok: false,
        error: { errorType: 'NotAccepted', errorMessage: `the service that listens answered ${status ?? 'nothing'}` },
      };

/** Only JSON is taken: a page of another site cannot send it without a preflight, which is refused. */
const json =
  (take: (body: unknown) => void): Answering =>
  async ({ request, body }) => {
    const refusal = foreignRefusal(undefined, request);
    if (refusal !== undefined) return refusal;
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') return gatewayAnswer(404, 'Not Found');
    try {
      take(JSON.parse(body.toString()));
      return accepted;
    } catch (error) {
      return gatewayAnswer(503, (error as Error).message);
    }
  };

const accepted: HttpAnswer = { status: 204, headers: {}, body: Buffer.from('') };

/** The name under which a service listens: one for each folder of data. */
export const listenerName = (folder: string): string => hash('sha256', folder).slice(0, 32);
