import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Message } from '../core/basics/messages.ts';
import type { AnyDecider, CommandOf } from '../core/write/decider.ts';
import { ownModule } from '../lib/folders.ts';

/** How a system of a test differs from what `foldstream start` runs. */
export interface RunSystemOptions {
  /** The folder of the domain, seen from the service's folder; `domain` if absent. */
  readonly domain?: string;
  /** Where data is kept, for a test that starts the system again; a passing folder if absent. */
  readonly dataFolder?: string;
  /** How long a second of a saga's timeout, a schedule or a retry is, in seconds of the clock: 0.02 makes them 50 times as fast. 1 if absent. */
  readonly timeScale?: number;
  /** Where the API listens; any free port if absent. */
  readonly port?: number;
  /** The URLs of services on this machine whose events the inboxes get. */
  readonly listensTo?: readonly string[];
  /** A cloud assembly of an earlier start, which knows where the simulators listen: starting then takes a fifth of the time. */
  readonly assemblyFolder?: string;
  /** Whether the domain's simulators listen; if absent, where the app is synthesized by this start. */
  readonly simulators?: boolean;
}

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What came as JSON. */
  readonly body: unknown;
}

/** A system in a process of its own. */
export interface RunningSystem {
  /** The API, `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The lines that the system has logged so far. */
  readonly said: readonly string[];
  /** The URLs of the simulators, by the name of the third party. */
  readonly simulators: Readonly<Record<string, string>>;
  /** Sends a command, `POST /order/42/PlaceOrder`. The answer's body has the `token` that a read may wait for. */
  send<D extends AnyDecider>(decider: D, id: string, command: CommandOf<D>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /**
   * Reads a path. With `readAfter`, a token, the answer holds at least that event; it waits for it up to 8 seconds.
   */
  get(path: string, readAfter?: string): Promise<Answer>;
  /** Ends the system as a power cut would. */
  kill(): Promise<void>;
  /** Ends the system, and removes its data where their folder is a passing one. */
  stop(): Promise<void>;
}

/**
 * Starts the service in the current folder as `foldstream start` does, in a process of its own on a free port: for an end-to-end test of
 * commands, projections and sagas together. A start takes 10 to 60 seconds. It needs Java or a DynamoDB Local, as `foldstream start` does.
 * @throws Error with everything that the system said, where it does not start.
 *
 * @example
 * let system: RunningSystem;
 * beforeAll(async () => {
 *   system = await runSystem({ timeScale: 0.02 });
 * }, 180_000);
 * afterAll(() => system?.stop());
 *
 * test('an order is placed and found', async () => {
 *   const placed = await system.send(order, '42', { type: 'PlaceOrder', data: placement });
 *   const { token } = placed.body as { token: string };
 *   expect(await system.get('/order-summary/42', token)).toMatchObject({ status: 200, body: { status: 'placed' } });
 * });
 */
export const runSystem = async ({ dataFolder, ...options }: RunSystemOptions = {}): Promise<RunningSystem> => {
  const { DYNAMODB_ENDPOINT: _, ...environment } = process.env; // It brings an engine of its own, which keeps its data.
  const folder = dataFolder ?? mkdtempSync(join(tmpdir(), 'foldstream-system-'));
  const child = spawn(process.execPath, [ownModule('local/serve'), folder, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    if (dataFolder === undefined && signal === 'SIGTERM') rmSync(folder, { recursive: true, force: true });
  };
  const url = await Promise.race([firstLine(child), once(child, 'exit').then(() => undefined)]);
  if (url === undefined) {
    await end('SIGTERM');
    throw new Error(`the system did not start:\n${said.join('\n')}`);
  }
  const { simulators } = JSON.parse(readFileSync(join(folder, 'system.json'), 'utf8'));
  return { url, said, simulators, ...requestsTo(url), kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
};

const requestsTo = (url: string): Pick<RunningSystem, 'send' | 'get'> => ({
  send: ({ name }, id, { type, data }: Message, headers = {}) =>
    answerOf(
      fetch(`${url}/${name}/${id}/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(data),
      }),
    ),
  get: (path, readAfter) =>
    answerOf(fetch(`${url}${path}`, { headers: readAfter === undefined ? {} : { 'read-after': readAfter, prefer: 'wait=8' } })),
});

const answerOf = async (asked: Promise<Response>): Promise<Answer> => {
  const response = await asked;
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
};

const firstLine = async ({ stdout }: ChildProcess): Promise<string | undefined> => {
  if (stdout === null) return undefined;
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return line;
};
