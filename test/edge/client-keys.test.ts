import { beforeEach, describe, expect, test } from '@jest/globals';
import { executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { scopesOf } from '../../core/registry/access.ts';
import { commandOf, type SagaTask, startOf } from '../../core/sagas/running/run.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { domain } from '../domain/index.ts';
import { handlerOn } from '../support/handling.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

// The key of a client is an id of this client alone: never that of another client, and never that of a process of the service.

let stores: ProjectionPorts;
let edge: ReturnType<typeof edgeOf>;
beforeEach(() => {
  stores = memoryStores();
  edge = edgeOf(domain, stores, { auth: 'token' });
});
const everything = scopesOf(domain).join(' ');
const sendAs = (actor: string) => (aggregate: string, id: string, command: string, body: unknown, key: string) =>
  edge.ask('POST /{aggregate}/{id}/{command}', {
    ...{ params: { aggregate, id, command }, body, headers: { 'idempotency-key': key } },
    claims: { sub: actor, scope: everything },
  });
const [ada, bob] = [sendAs('ada'), sendAs('bob')];
const eventsOf = async (aggregate: string, id: string) => {
  const { commits } = await stores.eventStore.read({ aggregate, id }, { from: 1, limit: 100 });
  return commits
    .flatMap(recorded)
    .map(({ type, metadata: { actor, commandId, commandFrom } }) => ({ type, actor, commandId, commandFrom }));
};

describe('two clients with one key', () => {
  test('send two requests, also with the same data', async () => {
    expect(await ada('stock', 'tea', 'ReceiveStock', { quantity: 1 }, 'k')).toMatchObject({ status: 200, body: { version: 1 } });
    const other = await bob('stock', 'tea', 'ReceiveStock', { quantity: 1 }, 'k');
    expect(other).toMatchObject({ status: 200, body: { version: 2 } });
    expect(other.headers).not.toHaveProperty('idempotent-replayed');
    expect(await ada('stock', 'tea', 'ReceiveStock', { quantity: 1 }, 'k')).toMatchObject({ body: { version: 1 } });
    expect(await bob('stock', 'tea', 'ReceiveStock', { quantity: 1 }, 'k')).toMatchObject({ body: { version: 2 } });
    const received = { type: 'StockReceived', commandId: 'k', commandFrom: 'client' };
    expect(await eventsOf('stock', 'tea')).toEqual([
      { ...received, actor: 'ada' },
      { ...received, actor: 'bob' },
    ]);
  });

  test('cannot keep each other from sending: a key that another client used first is not reused', async () => {
    await bob('stock', 'tea', 'ReceiveStock', { quantity: 9 }, 'k');
    expect(await ada('stock', 'tea', 'ReceiveStock', { quantity: 1 }, 'k')).toMatchObject({ status: 200, body: { version: 2 } });
    expect((await ada('stock', 'tea', 'ReceiveStock', { quantity: 2 }, 'k')).body).toMatchObject({
      ...{ status: 422, code: 'IdempotencyKeyReused' },
      detail: "'k' was used on stock-tea with another command or other data",
    });
  });
});

describe('a client that guesses the id of a command of a saga', () => {
  /** The command of a task of the saga that the order has started. */
  const commandOfSaga = async (task: SagaTask) => {
    const { commits } = await stores.eventStore.read({ aggregate: 'order', id: '42' }, { from: 1, limit: 1 });
    const [event] = commits.flatMap(recorded);
    const input = event && startOf(fulfilment, event);
    if (input === undefined) throw new Error('the saga does not start');
    return commandOf(fulfilment, executionName('fulfilment', 'order-42@1'), input, task);
  };

  test.each(['ada', 'bob'])('changes nothing for the saga, although %s sends it first', async (actor) => {
    await ada('order', '42', 'PlaceOrder', { ...placement, fulfilledBy: 'marketplace' }, 'k');
    await ada('stock', 'book', 'ReceiveStock', { quantity: 100 }, 'k');
    const { decider, stream, request } = await commandOfSaga({ does: 'send', step: 'ReserveStock', index: 0 });
    const guessed = await sendAs(actor)(stream.aggregate, stream.id, 'ReceiveStock', { quantity: 7 }, request.commandId);
    expect(guessed).toMatchObject({ status: 200, body: { events: [{ type: 'StockReceived' }] } });
    const answer = await handlerOn(stores.eventStore)(decider, stream, request as never);
    expect(answer).toMatchObject({ events: [{ type: 'StockReserved' }], isRepeated: false });
    expect(await handlerOn(stores.eventStore)(decider, stream, request as never)).toEqual({ ...answer, isRepeated: true });
    // And later on, the client's own request is still the client's.
    const again = await sendAs(actor)(stream.aggregate, stream.id, 'ReceiveStock', { quantity: 7 }, request.commandId);
    expect(again).toMatchObject({ status: 200, body: guessed.body, headers: { 'idempotent-replayed': 'true' } });
    const ids = (await eventsOf(stream.aggregate, stream.id)).filter(({ commandId }) => commandId === request.commandId);
    expect(ids).toEqual([
      { type: 'StockReceived', actor, commandId: request.commandId, commandFrom: 'client' },
      { type: 'StockReserved', actor: 'ada', commandId: request.commandId, commandFrom: undefined },
    ]);
  });
});
