import { Unavailable } from '../../core/basics/errors.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import { CallRefused, type OutboundCall, type ThirdParties } from '../../core/calls/outbound-requests.ts';

export interface HttpThirdParties {
  /** The URL of each, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** How long it is waited for one answer. */
  readonly timeoutSeconds: number;
  readonly maxTries: number;
  /** Waits before the next try; `asked` is for how long the third party wants to be left alone. */
  readonly pause: (tries: number, askedSeconds: number) => Promise<void>;
  readonly measure: Measure;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Third parties over HTTP: a POST of JSON with an `idempotency-key`. Sent again is what HTTP says may be: no answer, 408, 425, 429
 * and 5xx. Any other answer than 2xx is a refusal, a redirect too: a POST that goes elsewhere is not what was asked for.
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

/** One try; nothing, if it was taken. */
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

/** A date in place of seconds is left out of account: the pause is then as long as it would be without. */
const secondsIn = (retryAfter: string | null): number => (/^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0);

/** `fetch` says no more than that it failed; why is a cause deeper. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: Partial<Error> };
  return cause?.message || message;
};
