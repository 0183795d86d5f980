import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { authorization } from '../../adapters/http/authorization.ts';
import { http } from '../../adapters/http/http.ts';
import { signedHeaders } from '../../adapters/http/webhooks/sign.ts';
import { webhookRoute } from '../../adapters/http/webhooks/webhook-route.ts';
import { toOpenApi } from '../../adapters/openapi/openapi.ts';
import { Conflict, Unavailable } from '../../core/basics/errors.ts';
import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';
import { webhooksOf } from '../../core/registry/domain.ts';
import { sendParkedDeliveries } from '../../core/webhooks/receiving.ts';
import type { AnyWebhook } from '../../core/webhooks/webhook.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { unobserved } from '../support/log-lines.ts';
import { toReply } from '../support/read-edge.ts';
import { type Asked, context, type HttpHandler, httpEvent } from '../support/read-lambda.ts';
import { request } from '../support/requests.ts';
import { bank, domain, hub, post, tab } from './index.ts';

const secret = 'the-secret-of-the-provider';
const start = Date.parse('2026-06-01T00:00:00.000Z');
const day = 24 * 3_600_000;

const serviceAt = () => {
  let [clock, fails] = [start, undefined as Error | undefined];
  const eventStore = memoryEventStore(() => new Date(clock));
  const rows = new Map<string, ParkedCommand>();
  const keyOf = ({ process, cause, place }: Pick<ParkedCommand, 'process' | 'cause' | 'place'>) => `${process} ${cause} ${place}`;
  const parked: ParkedCommands = {
    put: async (one) => void rows.set(keyOf(one), one),
    of: async (process, cause) => [...rows.values()].filter((one) => one.process === process && one.cause === cause),
    all: async function* (process) {
      yield* [...rows.values()].filter((one) => one.process === process);
    },
    delete: async (one) => void rows.delete(keyOf(one)),
  };
  const noted: string[] = [];
  const send = handlerOn(eventStore);
  const handle: HandleCommand = async (...asked) => {
    const answer = await send(...asked);
    if (fails !== undefined) throw fails;
    return answer;
  };
  const ports = {
    ...{ handle, parked, now: () => new Date(clock) },
    onParked: ({ code }: ParkedCommand) => void noted.push(code),
    onUnknownType: (name: string, type: string) => void noted.push(`${name} ${type}`),
    onUnverified: (name: string, verdict: string) => void noted.push(`${name} ${verdict}`),
    secretsOf: async () => [secret, 'an-older-secret-of-it'],
  };
  const edge = { domain, authorize: authorization({ domain, auth: 'token' }), observing: unobserved() };
  const serve = http(webhookRoute({ domain, ...ports }), edge) as unknown as HttpHandler;
  const ask = async (name: string, asked: Asked) =>
    toReply(await serve(httpEvent('POST /webhooks/{webhook}', { params: { webhook: name }, ...asked }), context));
  return {
    ...{ noted, ask, eventStore, rows: () => [...rows.values()] },
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
    failAfterwards: (error: Error | undefined) => {
      fails = error;
    },
    deliver: (
      webhook: { readonly name: string; readonly verifies: AnyWebhook['verifies'] },
      body: unknown,
      headers: Readonly<Record<string, string>> = {},
      by = secret,
    ) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const signed = signedHeaders(webhook.verifies, { bytes: Buffer.from(text), headers }, { secret: by, now: new Date(clock) });
      return ask(webhook.name, { body: text, headers: signed as Record<string, string> });
    },
    tell: (id: string, type: 'CloseTab' | 'OpenTab') => send(tab, { id }, request({ type, data: {} })),
    payIn: (id: string) => send(tab, { id }, request({ type: 'PayIn', data: { cents: 1 } })),
    again: (process: string, cause: string) => sendParkedDeliveries(ports, webhooksOf(domain))({ process, cause }),
    state: async (id: string, tenant?: string) =>
      (await eventStore.load({ aggregate: 'tab', id, tenant }, foldingOf(tab), 'strong')).state.cents,
  };
};

let service: ReturnType<typeof serviceAt>;
beforeEach(() => {
  service = serviceAt();
});
const paid = (id: string, data: object = { tab: '42', cents: 700 }, type = 'money.received') => ({ id, type, created: start / 1000, data });

describe('a delivery', () => {
  test('that is signed has its commands carried out, and says who sent them', async () => {
    expect(await service.deliver(bank, paid('evt_1', { tab: '42', cents: 700, friend: 'bob' }))).toMatchObject({
      status: 200,
      body: { id: 'evt_1', outcome: 'received' },
    });
    expect([await service.state('42'), await service.state('bob')]).toEqual([700, 1]);
    const { commits } = await service.eventStore.read({ aggregate: 'tab', id: '42' }, { from: 1, limit: 9 });
    expect(commits).toMatchObject([{ commandId: 'webhook:bank/evt_1/0', by: 'webhook:bank', depth: 1, causationId: 'evt_1' }]);
  });

  test('may be signed with the older of two secrets, and come in base64', async () => {
    expect((await service.deliver(bank, paid('evt_1'), {}, 'an-older-secret-of-it')).status).toBe(200);
    const bytes = Buffer.from(JSON.stringify(paid('evt_2')));
    const headers = signedHeaders(bank.verifies, { bytes, headers: {} }, { secret, now: new Date(start) }) as Record<string, string>;
    expect((await service.ask('bank', { body: bytes.toString('base64'), isBase64Encoded: true, headers })).status).toBe(200);
    expect((await service.ask('bank', { body: bytes.toString('base64'), isBase64Encoded: false, headers })).status).toBe(401);
    expect(await service.state('42')).toBe(1400);
  });

  test('that is not signed, too old, or signed by another is answered 401, and nothing is recorded', async () => {
    const body = JSON.stringify(paid('evt_1'));
    const headers = signedHeaders(bank.verifies, { bytes: Buffer.from(body), headers: {} }, { secret, now: new Date(start) }) as Record<
      string,
      string
    >;
    expect(await service.ask('bank', { body })).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Signature' } });
    expect((await service.ask('bank', { body: `${body} `, headers })).status).toBe(401);
    expect((await service.deliver(bank, paid('evt_1'), {}, 'another-secret-of-it')).status).toBe(401);
    expect((await service.ask('bank', { body: 'not json' })).status).toBe(401);
    service.pass(301_000);
    expect((await service.ask('bank', { body, headers })).status).toBe(401);
    expect([await service.state('42'), service.rows(), service.noted.at(-1)]).toEqual([0, [], 'bank stale']);
  });

  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'the body is not JSON'],
    ['no id', { type: 'money.received', created: 1 }, 'id: '],
    ['an impossible id', paid('a/b'), 'id: '],
    ['an empty id', paid(''), 'id: '],
    ['an impossible type', paid('evt_1', {}, ''), 'type: '],
    ['other data', paid('evt_1', { tab: '42', cents: '7' }), 'data.cents: '],
    ['a time to come', { ...paid('evt_1'), created: start / 1000 + 301 }, 'happenedAt: '],
  ])('that is signed and has %s is answered 400 with the field', async (_, body, detail) => {
    expect(await service.deliver(bank, body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining(detail) } });
    expect([await service.state('42'), service.rows()]).toEqual([0, []]);
  });

  test('that is too large is answered 413; to a webhook that is not there, 404', async () => {
    expect((await service.deliver(bank, { ...paid('evt_1'), more: 'x'.repeat(256 * 1024) })).status).toBe(413);
    expect((await service.ask('nobody', { body: '{}' })).status).toBe(404);
  });

  test('of a type without a row is answered 200 and counted; a row may cause nothing', async () => {
    expect(await service.deliver(bank, paid('evt_1', {}, 'constructor'))).toMatchObject({ status: 200, body: { outcome: 'ignored' } });
    expect(await service.deliver(bank, paid('evt_2', { tab: '42', cents: 0 }))).toMatchObject({
      status: 200,
      body: { outcome: 'received' },
    });
    expect([service.noted, service.rows(), await service.state('42')]).toEqual([['bank constructor'], [], 0]);
  });

  test('has its id from a header only if that is signed, and goes to its tenant', async () => {
    const letter = { tab: '7', tenant: 'acme' };
    expect((await service.deliver(post, letter, { 'x-post-id': 'p1' })).status).toBe(200);
    expect((await service.deliver(post, letter, { 'x-post-id': 'p1' })).status).toBe(200);
    expect((await service.deliver(post, letter, { 'x-post-id': 'p2' })).status).toBe(200);
    expect([await service.state('7', 'acme'), await service.state('7')]).toEqual([4, 0]);
    const issue = { action: 'opened', issue: { number: 9 } };
    await service.deliver(hub, issue, { 'x-github-delivery': 'a' });
    await service.deliver(hub, issue, { 'x-github-delivery': 'b' });
    expect(await service.state('issue9')).toBe(1);
  });
});

test('each webhook is in the OpenAPI document, with its body and its refusals', () => {
  const { paths } = toOpenApi(domain, { auth: 'token' }) as { paths: Record<string, { post: Record<string, object> }> };
  expect(Object.keys(paths).filter((path) => path.startsWith('/webhooks/'))).toEqual(
    ['bank', 'hub', 'post', 'bot'].map((name) => `/webhooks/${name}`),
  );
  const { responses = {}, requestBody, security } = paths['/webhooks/bank']?.post ?? {};
  expect([Object.keys(responses), security]).toEqual([['200', '400', '401', '413', '415', '503'], undefined]);
  expect(JSON.stringify(requestBody)).toContain('money.received');
});

describe('an event that is delivered again', () => {
  test('acts once, three days and 1,000 commits later, whether or not it says when it happened', async () => {
    await service.deliver(bank, paid('evt_1'));
    await service.deliver(post, { tab: '42' }, { 'x-post-id': 'p1' });
    service.pass(3 * day);
    for (let commits = 0; commits < 1000; commits++) await service.payIn('42');
    expect((await service.deliver(bank, paid('evt_1'))).status).toBe(200);
    expect((await service.deliver(post, { tab: '42' }, { 'x-post-id': 'p1' })).status).toBe(200);
    expect(await service.state('42')).toBe(1702);
  });

  test.each([new Unavailable('no answer'), new Conflict('ConcurrencyConflict', 'others were first')])(
    'after a 503 acts once: %s',
    async (error) => {
      service.failAfterwards(error);
      expect((await service.deliver(bank, paid('evt_1'))).status).toBe(503);
      service.failAfterwards(undefined);
      expect((await service.deliver(bank, paid('evt_1'))).status).toBe(200);
      expect([await service.state('42'), service.rows()]).toEqual([700, []]);
    },
  );

  test('with another body is parked', async () => {
    await service.deliver(bank, paid('evt_1'));
    expect(await service.deliver(bank, paid('evt_1', { tab: '42', cents: 1 }))).toMatchObject({ status: 200, body: { outcome: 'parked' } });
    expect([await service.state('42'), service.noted]).toEqual([700, ['IdempotencyKeyReused']]);
  });
});

describe('a command that is refused', () => {
  test('is parked, holds up no other, and is sent again for an operator, long after the signature', async () => {
    await service.tell('42', 'CloseTab');
    const body = paid('evt_1', { tab: '42', cents: 700, friend: 'bob' });
    expect(await service.deliver(bank, body)).toMatchObject({ status: 200, body: { outcome: 'parked' } });
    expect([service.rows().map(({ process, cause, place, code }) => [process, cause, place, code]), await service.state('bob')]).toEqual([
      [['webhook:bank', 'evt_1', 0, 'TabClosed']],
      1,
    ]);
    service.pass(9 * day);
    await service.again('webhook:bank', 'evt_1');
    expect(service.rows()).toHaveLength(1);
    await service.tell('42', 'OpenTab');
    await service.again('webhook:bank', 'evt_1');
    await service.again('webhook:bank', 'evt_1');
    expect([service.rows(), await service.state('42'), await service.state('bob')]).toEqual([[], 700, 1]);
  });

  test('so is a row that throws', async () => {
    expect((await service.deliver(bank, paid('evt_1', { tab: '42', cents: 1_000_001 }))).status).toBe(200);
    expect(service.rows()).toMatchObject([{ place: 'row', code: 'RowFails' }]);
  });
});
