import type { Measure } from '../../core/basics/telemetry.ts';
import { isAnswer } from '../../core/calls/calls.ts';
import { type CallAnswer, CallRefused, type OutboundCall, type ThirdParties, Unanswered } from '../../core/calls/outbound-requests.ts';
import type { Signed, Signing } from './credentials.ts';

export interface HttpThirdParties {
  /** The URL of each third party, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The credentials of those that ask for some. */
  readonly signing?: Signing;
  /** The timeout of one try. */
  readonly timeoutSeconds: number;
  readonly maxTries: number;
  /** Waits before the next try. `askedSeconds` is the third party's `retry-after`. */
  readonly pause: (tries: number, askedSeconds: number) => Promise<void>;
  readonly measure: Measure;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Third parties over HTTP: a POST of JSON with an `idempotency-key`. The call is tried again if there is no answer, and after 408, 425, 429
 * and 5xx. Every other answer except 2xx is a refusal, if the domain does not name it as an answer. A redirect is a refusal, too, because a
 * POST must not go to another place. After a 401 the credentials are fetched anew, once.
 */
export const httpThirdParties = (settings: HttpThirdParties): ThirdParties => ({
  known: new Set(Object.keys(settings.endpoints)),
  call: async (call, { maxTries } = settings) => {
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(settings, call);
      if (!(outcome instanceof Error)) return outcome;
      const isRefused = outcome instanceof CallRefused;
      settings.measure(isRefused ? 'callsRefused' : 'callsUnanswered', 1);
      if (isRefused || tries >= maxTries) throw outcome;
      await settings.pause(tries, outcome.askedSeconds);
    }
  },
});

type Outcome = CallAnswer | Unanswered | CallRefused;

/** One try, and a second one with new credentials if the third party does not know those that it got. */
const attempt = async (settings: HttpThirdParties, call: OutboundCall): Promise<Outcome> => {
  const body = JSON.stringify(call.body);
  let signed: Signed | undefined;
  for (let isRenewed = false; ; isRenewed = true) {
    try {
      signed = await settings.signing?.sign(call.to, body);
    } catch (error) {
      return new Unanswered(`${who(call)}: ${(error as Error).message}`);
    }
    const outcome = await post(settings, call, { body, signed });
    if (outcome !== 'unauthorized') return outcome;
    if (isRenewed) return new Unanswered(`${who(call)}: 401, also with new credentials`);
    signed?.renew();
  }
};

const who = (call: OutboundCall): string => `${call.to}${call.path}, for ${call.idempotencyKey}`;

interface Sent {
  readonly body: string;
  readonly signed: Signed | undefined;
}

const post = async (settings: HttpThirdParties, call: OutboundCall, { body, signed }: Sent): Promise<Outcome | 'unauthorized'> => {
  const { endpoints, timeoutSeconds, fetch = globalThis.fetch } = settings;
  const withoutSecrets = (text: string): string => signed?.withoutSecrets(text) ?? text;
  try {
    const response = await fetch(`${endpoints[call.to]?.replace(/\/$/, '')}${call.path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...signed?.headers,
        'content-type': 'application/json',
        'idempotency-key': call.idempotencyKey,
        'x-correlation-id': call.correlationId,
      },
      body,
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    const { status } = response;
    if (isAnswer(status) && call.answers?.includes(status)) return { status, text: await textOf(response, mostBytesOfAnswer) };
    if (response.ok) {
      await response.body?.cancel();
      return { status, text: '' };
    }
    // A third party may repeat what it was sent. The secrets are taken out before the text is cut, which could halve them.
    const message = `${who(call)}: ${status} ${withoutSecrets(await textOf(response)).slice(0, mostCharacters)}`.trimEnd();
    if (status === 401 && signed !== undefined) return 'unauthorized';
    if (!isPassing(status)) return new CallRefused(message);
    return new Unanswered(message, { askedSeconds: secondsIn(response.headers.get('retry-after')) });
  } catch (error) {
    const message = `${who(call)}: ${withoutSecrets(reasonOf(error))}`;
    // The error of `fetch` may hold the request, so it is the cause only if the request has no secrets.
    return new Unanswered(message, signed === undefined ? { cause: error } : {});
  }
};

const mostCharacters = 300;
/** An answer that is parked is in an item of 400 KB, and JSON may take six bytes for one. */
const mostBytesOfAnswer = 60_000;

/** The text of an answer, as far as it has so many bytes. */
const textOf = async (response: Response, mostBytes = 64 * 1024): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) break;
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, mostBytes));
};

const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** The seconds of a `retry-after` header. A date in place of seconds counts as 0. */
const secondsIn = (retryAfter: string | null): number => (/^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0);

/** `fetch` says only that it failed. The reason is in its cause. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: Partial<Error> };
  return cause?.message || message;
};
