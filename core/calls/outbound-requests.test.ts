import { describe, expect, test } from '@jest/globals';
import { payment } from '../../test/domain/payment/decider.ts';
import { Unavailable } from '../basics/errors.ts';
import type { Recorded } from '../basics/messages.ts';
import { defineCalls } from './calls.ts';
import { CallRefused, caller, type OutboundCall, type OutboundRequestPorts } from './outbound-requests.ts';
import { callPublications, noticesToCall } from './publication.ts';

const bank = defineCalls({
  name: 'bank',
  of: payment,
  on: {
    PaymentRequested: ({ amountCents }, { id }) => (amountCents === 0 ? null : { path: `/accounts/${id}`, body: { amountCents } }),
    PaymentRefunded: (_, { id }) => ({ path: `/refunds/${id}`, body: {} }),
  },
});
const post = defineCalls({ name: 'post', of: payment, on: { PaymentRequested: () => ({ path: '/letters', body: { text: 'pay' } }) } });

const event = (type: string, data: object, aggregate = 'payment'): Recorded => ({
  type,
  data,
  metadata: {
    ...{ eventId: `${aggregate}-42@1`, aggregate, id: '42', version: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
    ...{ commandId: 'k', correlationId: 'c', causationId: 'k' },
  },
});
const requested = event('PaymentRequested', { amountCents: 7 });

const calling = async (asked: Recorded, { calls = [bank, post], known = ['bank', 'post'], fails = {} }: Partial<Setting> = {}) => {
  const made: OutboundCall[] = [];
  const thirdParties = {
    known: new Set(known),
    call: async (call: OutboundCall) => {
      made.push(call);
      if (fails[call.to] !== undefined) throw fails[call.to];
      return { status: 200, text: '' };
    },
  };
  const thrown = await caller({ calls, thirdParties })(asked).catch((error: Error) => error);
  return { made, thrown };
};
interface Setting {
  readonly calls: OutboundRequestPorts['calls'];
  readonly known: readonly string[];
  readonly fails: Readonly<Record<string, Error>>;
}

describe('an event', () => {
  test('makes the calls that it has rows for, each under its id', async () => {
    const about = { idempotencyKey: 'payment-42@1', correlationId: 'c' };
    expect((await calling(requested)).made).toEqual([
      { to: 'bank', path: '/accounts/42', body: { amountCents: 7 }, ...about },
      { to: 'post', path: '/letters', body: { text: 'pay' }, ...about },
    ]);
  });

  test.each([
    ['has no row', event('PaymentReceived', {})],
    ['is of another aggregate', event('PaymentRefunded', {}, 'order')],
    ['is named like what every object has', event('constructor', {})],
  ])('that %s calls nobody', async (_, other) => expect((await calling(other)).made).toEqual([]));

  test('may ask for nothing', async () =>
    expect((await calling(event('PaymentRequested', { amountCents: 0 }), { calls: [bank] })).made).toEqual([]));

  test('calls nobody of whom it is not known where they are', async () =>
    expect((await calling(requested, { known: ['post'] })).made.map(({ to }) => to)).toEqual(['post']));

  test('comes again where one of them did not take it, and the others were called all the same', async () => {
    const failure = new Unavailable('later');
    expect(await calling(requested, { fails: { bank: failure } })).toMatchObject({
      made: [{ to: 'bank' }, { to: 'post' }],
      thrown: failure,
    });
    const refusal = new CallRefused('never');
    expect((await calling(requested, { fails: { post: refusal } })).thrown).toBe(refusal);
    const { thrown } = await calling(requested, { fails: { bank: failure, post: refusal } });
    expect((thrown as Error).message).toBe('Unavailable: later; CallRefused: never');
    expect((thrown as AggregateError).errors).toEqual([failure, refusal]);
  });

  test.each(['/', '/a', '/a/b-c.d:e/f', '/a//b'])('may call the path %j', async (path) => {
    const calls = [defineCalls({ name: 'bank', of: payment, on: { PaymentRequested: () => ({ path, body: {} }) } })];
    expect((await calling(requested, { calls })).made).toMatchObject([{ path }]);
  });

  test.each(['', 'accounts', 'a/accounts', '//elsewhere.example', 'https://elsewhere.example', '/a?b', '/a#b', '/a b', '/a ', '/a\\b'])(
    'that asks for %j is a bug, and calls nobody',
    async (path) => {
      const calls = [defineCalls({ name: 'bank', of: payment, on: { PaymentRequested: () => ({ path, body: {} }) } })];
      expect(await calling(requested, { calls })).toMatchObject({
        made: [],
        thrown: { message: `bank: '${path}', for payment-42@1, is not a path` },
      });
    },
  );
});

describe('the notices', () => {
  test('are of the events that ask for something, and say nothing else', () => {
    expect(noticesToCall([bank, post])).toEqual(['PaymentRequested.v1', 'PaymentRefunded.v1']);
    const [publication] = callPublications([bank, post]);
    expect(publication?.name).toBe('calls');
    expect(Object.keys(publication?.events ?? {})).toEqual(Object.keys(payment.events));
    expect(Object.keys(publication?.map ?? {})).toEqual(['PaymentRequested', 'PaymentRefunded']);
    expect(publication?.map['PaymentRequested']?.(requested.data, requested.metadata)).toEqual({ type: 'PaymentRequested.v1', data: {} });
  });
  test('are none where nobody is called', () => expect(callPublications([])).toEqual([]));
});
