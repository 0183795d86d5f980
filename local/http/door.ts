import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { before } from '../waiting.ts';
import { readBody } from './request-body.ts';
import type { Received } from './request-event.ts';
import { gatewayAnswer, type HttpAnswer, writeAnswer } from './response.ts';
import { close, listen } from './server.ts';

export type Answering = (received: Received) => Promise<HttpAnswer>;

/** A request and its answer, for the log. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** The port of the API. It stays open while the system behind it is exchanged. */
export interface Door {
  readonly url: string;
  /** From here on this function answers, the requests that are held first. Until the first call, each request is answered 503. */
  open(answering: Answering): void;
  /** Requests for these paths get this answer, in place of the API's, and are not logged. They are held like those of the API. */
  answer(routes: ReadonlyMap<string, Answering>): void;
  /** Holds every request that comes from here on. Resolves when the requests under way are answered, or after 10 seconds. */
  hold(): Promise<void>;
  close(): Promise<void>;
}

export interface DoorProps {
  /** 0 for any free port. */
  readonly port: number;
  readonly onAnswer?: (answered: Answered) => void;
}

const drainMilliseconds = 10_000;
const heldMilliseconds = 20_000;

/** Listens at once, on the loopback interface alone. @throws Error that says how to choose another port. */
export const openDoor = async ({ port, onAnswer = () => {} }: DoorProps): Promise<Door> => {
  let answering: Answering | undefined;
  let own: ReadonlyMap<string, Answering> = new Map();
  let opened: PromiseWithResolvers<void> | undefined;
  const underWay = new Set<Promise<unknown>>();

  const answer = async (received: Received): Promise<HttpAnswer> => {
    if (answering === undefined && opened !== undefined) await before(heldMilliseconds, opened.promise);
    if (answering === undefined) return { ...unavailable, headers: { ...unavailable.headers, 'retry-after': '1' } };
    const answered = (own.get(received.request.url ?? '') ?? answering)(received);
    underWay.add(answered);
    try {
      return await answered;
    } finally {
      underWay.delete(answered);
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [requestId, began] = [randomUUID(), performance.now()];
    const body = await readBody(request);
    const result = body === undefined ? tooLarge : await answer({ request, body, requestId });
    writeAnswer(response, requestId, result);
    if (body === undefined) request.resume();
    const { method = 'GET', url: path = '/' } = request;
    if (!own.has(path)) onAnswer({ method, path, status: response.statusCode, milliseconds: performance.now() - began });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    url: await listen(server, port),
    open: (next) => {
      answering = next;
      opened?.resolve();
      opened = undefined;
    },
    answer: (routes) => {
      own = routes;
    },
    hold: async () => {
      answering = undefined;
      opened ??= Promise.withResolvers();
      await before(drainMilliseconds, Promise.allSettled(underWay));
    },
    close: () => {
      opened?.resolve();
      return close(server);
    },
  };
};

export const unavailable = gatewayAnswer(503, 'Service Unavailable');
const entityTooLarge = gatewayAnswer(413, 'Request Entity Too Large');
const tooLarge: HttpAnswer = { ...entityTooLarge, headers: { ...entityTooLarge.headers, connection: 'close' } };
