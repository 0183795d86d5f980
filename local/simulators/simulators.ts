import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnySimulator, Said } from '../../core/calls/simulator.ts';
import { simulatedTokenPath } from '../credentials.ts';
import { readBody } from '../http/request-body.ts';
import { close, listen } from '../http/server.ts';
import type { Issuer } from '../issuer.ts';
import type { Say } from '../say.ts';
import { answering } from './answering.ts';
import { type Books, type Due, openBooks } from './books.ts';
import { openJournal } from './journal.ts';

/** A simulator that listens. It takes requests at once, and answers them when it knows where the service is. */
export interface RunningSimulator {
  readonly name: string;
  readonly url: string;
  readonly hint: string;
  answerTo(url: string, issuer: Issuer | undefined, tenantClaim?: string): void;
  stop(): Promise<void>;
}

export interface SimulatorsProps {
  /** The module that exports them. */
  readonly file: string;
  /** What they hold is kept in there. */
  readonly folder: string;
  /** The first one listens here, the next one at the number after it; where that is taken, or 0, at any port that is free. */
  readonly port: number;
  readonly timeScale: number;
  readonly say: Say;
}

/** What plays the third parties that the domain calls; nothing, where there is no such module. */
export const startSimulators = async ({ file, port, ...props }: SimulatorsProps): Promise<readonly RunningSimulator[]> => {
  if (!existsSync(file)) return [];
  const { simulators } = (await import(pathToFileURL(file).href)) as { readonly simulators: readonly AnySimulator[] };
  return Promise.all(simulators.map((simulator, index) => startSimulator(simulator, { ...props, port: port === 0 ? 0 : port + index })));
};

const startSimulator = async (
  simulator: AnySimulator,
  { folder, port, timeScale, say }: Omit<SimulatorsProps, 'file'>,
): Promise<RunningSimulator> => {
  const { name } = simulator;
  const stopping = new AbortController();
  const waiting: Due[] = [];
  let answer = (due: Due): void => void waiting.push(due);
  const journal = openJournal(join(folder, `${name}.jsonl`));
  const books = openBooks({ simulator, journal, timeScale, onDue: (due) => answer(due) });
  const server = createServer((request, response) => {
    serve(books, request, response).catch(() => response.destroy());
  });
  const url = await listen(server, port).catch(() => listen(server, 0));
  return {
    name,
    url,
    hint: simulator.hint(url),
    answerTo: (service, issuer, tenantClaim) => {
      const send = answering({ simulator, url: service, issuer, tenantClaim, say, signal: stopping.signal });
      answer = (due) => void send(due);
      for (const due of [...books.due, ...waiting]) answer(due);
    },
    stop: () => {
      stopping.abort();
      return close(server);
    },
  };
};

const serve = async (books: Books, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { status, body } = await saidTo(books, request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

const saidTo = async (books: Books, request: IncomingMessage): Promise<Said> => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const body = await readBody(request);
  // Every client is known, and every token is taken: the simulator plays what is behind them.
  if (path === simulatedTokenPath) return { status: 200, body: { access_token: 'simulated', token_type: 'Bearer', expires_in: 3600 } };
  if (body === undefined) return { status: 413, body: { error: 'the request is too large' } };
  if (request.method === 'GET') return books.tell(path);
  const key = request.headers['idempotency-key'];
  try {
    return books.take(
      { what: `${request.method} ${path}`, body: JSON.parse(body.toString() || '{}') },
      key === undefined ? key : String(key),
    );
  } catch (error) {
    if (error instanceof SyntaxError || (error as Error).name === 'ZodError')
      return { status: 400, body: { error: (error as Error).message } };
    throw error;
  }
};
