import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

export interface Answer {
  /** `GET /order/42`. */
  readonly to: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Sends requests to the deployed API with one token. */
export interface Api {
  get(path: string): Promise<Answer>;
  post(path: string, data: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** The path under which MiniStack serves an API. AWS's own host name of the API does not resolve on this machine. */
export const pathOf = (miniStack: string, apiUrl: string): string =>
  `${miniStack}/_aws/execute-api/${new URL(apiUrl).hostname.split('.')[0]}/$default`;

export const apiAt = (url: string, signal: AbortSignal, token?: string): Api => {
  const bearer: Readonly<Record<string, string>> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { ...init, headers: { ...init.headers, ...bearer }, signal });
    return {
      to: `${init.method} ${path}`,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.json(),
    };
  };
  return {
    get: (path) => ask(path, { method: 'GET' }),
    post: (path, data, headers = {}) =>
      ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(data) }),
  };
};

type Expected = { readonly [name in keyof Answer]?: unknown };

/** Checks that the answer has at least the expected fields. */
export const answers = async (asked: Promise<Answer>, expected: Expected): Promise<void> => {
  const answer = await asked;
  assert.partialDeepStrictEqual(answer, expected, answer.to);
};

/** Repeats the request until the answer has the expected fields. @throws AssertionError with the last answer when the time is up. */
export const answersSoon = async (ask: () => Promise<Answer>, expected: Expected, withinSeconds: number): Promise<void> => {
  const deadline = performance.now() + withinSeconds * 1_000;
  for (;;) {
    try {
      return await answers(ask(), expected);
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || performance.now() > deadline) throw error;
    }
    await setTimeout(250);
  }
};
