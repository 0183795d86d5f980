import { Unavailable } from '../../core/basics/errors.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import { CallRefused, type OutboundCall, type ThirdParties } from '../../core/calls/outbound-requests.ts';

export interface HttpThirdParties {
  /** The URL of each third party, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
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
 * and 5xx. Every other answer except 2xx is a refusal. A redirect is a refusal, too, because a POST must not go to another place.
 */
export const httpThirdParties = (settings: HttpThirdParties): ThirdParties => ({
  known: new Set(Object.keys(settings.endpoints)),
  call: async (call) => {
    for (let tries = 1; ; tries++) {
      const failure = await attempt(settings, call);
      if (failure === undefined) return;
      const isRefused = failure.error instanceof CallRefused;
      settings.measure(isRefused ? 'callsRefused' : 'callsUnanswered', 1);
      if (isRefused || tries >= settings.maxTries) throw failure.error;
      await settings.pause(tries, failure.askedSeconds);
    }
  },
});

interface Failure {
  readonly error: Unavailable | CallRefused;
  readonly askedSeconds: number;
}

/** One try. Undefined, if the third party accepted the call. */
const attempt = async (settings: HttpThirdParties, call: OutboundCall): Promise<Failure | undefined> => {
  const { endpoints, timeoutSeconds, fetch = globalThis.fetch } = settings;
  const who = `${call.to}${call.path}, for ${call.idempotencyKey}`;
  try {
    const response = await fetch(`${endpoints[call.to]?.replace(/\/$/, '')}${call.path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': call.idempotencyKey,
        'x-correlation-id': call.correlationId,
      },
      body: JSON.stringify(call.body),
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    if (response.ok) return void (await response.body?.cancel());
    const message = `${who}: ${response.status} ${(await response.text()).slice(0, mostCharacters)}`.trimEnd();
    if (!isPassing(response.status)) return { error: new CallRefused(message), askedSeconds: 0 };
    return { error: new Unavailable(message), askedSeconds: secondsIn(response.headers.get('retry-after')) };
  } catch (error) {
    return { error: new Unavailable(`${who}: ${reasonOf(error)}`, { cause: error }), askedSeconds: 0 };
  }
};

const mostCharacters = 300;

const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** The seconds of a `retry-after` header. A date in place of seconds counts as 0. */
const secondsIn = (retryAfter: string | null): number => (/^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0);

/** `fetch` says only that it failed. The reason is in its cause. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: Partial<Error> };
  return cause?.message || message;
};
