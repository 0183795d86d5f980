import { setTimeout } from 'node:timers/promises';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The server answered, and it was a no. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** How often it is tried, and how long it is waited at most before the next time. */
export interface Patience {
  readonly maxTries: number;
  readonly mostSeconds: number;
}
const usual: Patience = { maxTries: 8, mostSeconds: Number.POSITIVE_INFINITY };

export type Ask = (path: string, init?: RequestInit, alsoFine?: readonly number[]) => Promise<Reply>;

/**
 * A client that sends again what HTTP says may be sent again: no answer, 429, 503 (after `Retry-After`), and a conflict with other writers.
 * @throws Rejected for any other answer than a success or one of `alsoFine`, Error when the tries are used up.
 */
export const api =
  (url: string, token?: string, { maxTries, mostSeconds }: Patience = usual): Ask =>
  async (path, init = {}, alsoFine = []) => {
    for (let attempt = 1; ; attempt++) {
      const reply = await ask(`${url}${path}`, withToken(init, token)).catch((error: unknown) => error);
      if (!(reply instanceof Error) && !isPassing(reply as Reply)) return accepted(reply as Reply, path, alsoFine);
      if (attempt === maxTries)
        throw reply instanceof Error
          ? new Error(`${url} does not answer; is the system running?`, { cause: reply })
          : refusal(reply as Reply, path);
      await setTimeout(Math.min(waitMilliseconds(reply, attempt), mostSeconds * 1000));
    }
  };

const withToken = (init: RequestInit, token?: string): RequestInit =>
  token === undefined ? init : { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } };

const ask = async (url: string, init: RequestInit): Promise<Reply> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(35_000) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
};

const isPassing = ({ status, body }: Reply): boolean => [429, 502, 503, 504].includes(status) || body['code'] === 'ConcurrencyConflict';

const waitMilliseconds = (reply: unknown, attempt: number): number => {
  const seconds = reply instanceof Error ? undefined : (reply as Reply).headers.get('retry-after');
  return (seconds ? Number(seconds) * 1000 : 0) + Math.random() * 100 * 2 ** attempt;
};

const accepted = (reply: Reply, path: string, alsoFine: readonly number[]): Reply => {
  if ((reply.status >= 200 && reply.status < 300) || alsoFine.includes(reply.status)) return reply;
  throw refusal(reply, path);
};

const refusal = ({ status, body }: Reply, path: string): Rejected =>
  new Rejected(`${path}: ${status} ${body['code'] ?? ''} ${body['detail'] ?? ''}`.trimEnd());
