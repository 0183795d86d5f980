import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { importJWK } from 'jose';
import { type Issuer, type Key, openIssuer, type Wanted } from '../../local/issuer.ts';
import { startSystem } from '../../local/system.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the assertions say what.
type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: Json;
}

/** A request that is sent byte for byte: `fetch` would put paths and headers in order. */
export interface Sent {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer;
}

export interface AttackedSystem {
  readonly issuer: Issuer;
  /** The key that signs its tokens. */
  readonly issuersKey: Key;
  /** What functions and runner have logged. */
  readonly log: readonly string[];
  send(path: string, sent?: Sent): Promise<Answer>;
  stop(): Promise<void>;
}

/** A service, that of the tests unless another folder is named, with tokens and tenants, as `npm start -- --auth --tenant-claim tenant` runs it. */
export const openAttackedSystem = async (domain = 'test/domain'): Promise<AttackedSystem> => {
  const keyFolder = mkdtempSync(join(tmpdir(), 'foldstream-attacks-'));
  const issuer = await openIssuer(keyFolder);
  const log: string[] = [];
  const system = await startSystem({
    ...{ domain, port: 0, keyFolder, tenantClaim: 'tenant' },
    log: (line) => void log.push(line),
  });
  const { hostname: host, port } = new URL(system.url);
  const send: AttackedSystem['send'] = async (path, { method, token, headers = {}, body } = {}) => {
    const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
    const sending = request({
      ...{ host, port, path, method: method ?? (body === undefined ? 'GET' : 'POST'), agent: false, signal: AbortSignal.timeout(10_000) },
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(headers as Record<string, string | string[]>),
      },
    });
    sending.end(isJson ? JSON.stringify(body) : body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    const text = Buffer.concat(await response.toArray()).toString();
    return { status: response.statusCode ?? 0, headers: response.headers, text, body: jsonIn(text) };
  };
  const stop = async (): Promise<void> => {
    await system.stop();
    rmSync(keyFolder, { recursive: true, force: true });
  };
  const issuersKey = await importJWK(JSON.parse(readFileSync(join(keyFolder, 'issuer.json'), 'utf8')), 'RS256');
  return { issuer, issuersKey, log, send, stop };
};

const jsonIn = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Asks until the answer is as wanted. The test's own time limit ends it. */
export const until = async <T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await setTimeout(100);
  }
};

/** A token of ten minutes. */
export const tokenOf = (issuer: Issuer, wanted: Omit<Wanted, 'expiresInSeconds'>): Promise<string> =>
  issuer.mint({ ...wanted, expiresInSeconds: 600 });
