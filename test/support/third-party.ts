import { paymentProviderSimulator } from '../domain/payment/simulator.ts';
import type { Connection, HttpAnswer } from './faults.ts';

export interface Bank {
  readonly connection: Connection;
  heldCents(): number;
  requests(): number;
  /** How many it turned down. */
  refusals(): number;
}

interface Asked {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** The domain's own payment provider behind a connection. It knows calls by what they ask for, and forgets their keys. */
export const bankOf = (): Bank => {
  let books = paymentProviderSimulator.initialState();
  let [requests, refusals] = [0, 0];
  const handle = async ({ headers, body }: Asked): Promise<{ response: HttpAnswer }> => {
    requests += 1;
    const path = new URL(headers['url'] ?? '').pathname;
    const taken = paymentProviderSimulator.take(books, {
      what: `POST ${path}`,
      body: JSON.parse(new TextDecoder().decode(body as Uint8Array)),
    });
    if (taken.status >= 400) refusals += 1;
    books = taken.state;
    return { response: { statusCode: taken.status, headers: {}, body: new TextEncoder().encode(JSON.stringify(taken.body)) } };
  };
  const { heldCents } = { heldCents: () => (paymentProviderSimulator.tell(books, '/').body as { heldCents: number }).heldCents };
  return { connection: { handle, destroy: () => {} }, heldCents, requests: () => requests, refusals: () => refusals };
};

/** `fetch` over a connection that may have trouble; whose word for too much traffic is that of DynamoDB, and that of HTTP is 429. */
export const fetchOn =
  (connection: Connection): typeof globalThis.fetch =>
  async (url, init) => {
    const headers = { ...(init?.headers as Record<string, string>), url: String(url), 'x-amz-target': 'Http.POST' };
    const { response } = await connection.handle({ headers, body: new TextEncoder().encode(String(init?.body)) });
    const text = new TextDecoder().decode(response.body as Uint8Array);
    return new Response(text, { status: text.includes('ThroughputExceeded') ? 429 : response.statusCode });
  };
