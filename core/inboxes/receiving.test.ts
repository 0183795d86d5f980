import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { domain, orders, parcel } from '../../test/depot/index.ts';
import { causeOf, day, digest, minute, now, placed, serviceAt } from '../../test/depot/service.ts';
import { Unavailable } from '../basics/errors.ts';
import type { HandleCommand } from '../write/command-handler.ts';
import { cloudEvents } from './format.ts';
import { type AnyInbox, defineInbox, eventBus } from './inbox.ts';
import { mostParkedBytes } from './receiving.ts';

const iso = (time: number) => new Date(time).toISOString();

describe('an event that another service sent', () => {
  test('causes its commands, with ids made of its source and id', async () => {
    const service = serviceAt();
    await service.receive('orders', placed('7', {}, { correlationid: 'abc', depth: 2 }));
    expect([await service.items('7'), await service.items('of-ada'), service.parked(), service.dropped]).toEqual([1, 1, [], []]);
    expect(await service.commits('of-ada')).toMatchObject([
      {
        ...{ commandId: `inbox:orders/${causeOf('orders', '7')}/1`, by: 'inbox:orders', depth: 3 },
        ...{ correlationId: 'abc', causationId: causeOf('orders', '7') },
      },
    ]);
  });

  test.each([[{ correlationid: 'no spaces' }], [{ correlationid: 'x'.repeat(129) }], [{ correlationid: 7, depth: -1 }], [{ depth: 'x' }]])(
    'without a correlation or depth that can be stored has its own: %j',
    async (more) => {
      const service = serviceAt();
      await service.receive('orders', placed('7', {}, more));
      expect(await service.commits('7')).toMatchObject([{ correlationId: causeOf('orders', '7'), depth: 1 }]);
    },
  );

  test('acts once, however often it is delivered', async () => {
    const service = serviceAt();
    for (let times = 0; times < 3; times++) await service.receive('orders', placed('7'), { isRepeated: times > 1 });
    expect([await service.items('7'), await service.items('of-ada')]).toEqual([1, 1]);
  });

  test('is another one if it has another source', async () => {
    const service = serviceAt();
    await service.receive('orders', placed('7'));
    await service.receive('orders', placed('7', {}, { source: 'other' }));
    expect(await service.items('7')).toBe(2);
  });

  test('ends a loop between services', async () => {
    const service = serviceAt();
    for (const depth of [16, '16']) await service.receive('orders', placed('7', {}, { depth }));
    expect([await service.items('7'), service.parked().map(({ code }) => code)]).toEqual([0, ['TooDeep', 'TooDeep']]);
  });

  test('of a type without a row is counted and dropped, or parked', async () => {
    const service = serviceAt();
    await service.receive('orders', placed('7', {}, { type: 'OrderLost.v1' }));
    expect([service.dropped, service.parked()]).toEqual([['orders OrderLost.v1'], []]);
    await service.receive('till', { receipt: '1', kind: 'constructor' });
    expect(service.parked()).toMatchObject([{ process: 'inbox:till', cause: causeOf('till', '1'), place: 'row', code: 'UnknownType' }]);
  });

  test('may cause nothing', async () => {
    const service = serviceAt();
    await service.receive('till', { receipt: '1', kind: 'voided' });
    expect([service.parked(), service.dropped]).toEqual([[], []]);
  });

  test('goes to the tenant that the inbox names', async () => {
    const ofTenants: AnyInbox = { ...(orders as unknown as AnyInbox), tenant: ({ extensions }) => String(extensions['tenant']) };
    const service = serviceAt({ inboxes: [ofTenants] });
    await service.receive('orders', placed('7', {}, { tenant: 'acme' }));
    expect((await service.eventStore.read({ tenant: 'acme', aggregate: 'parcel', id: '7' }, { from: 1, limit: 9 })).commits).toHaveLength(
      1,
    );
    await service.receive('orders', placed('8', {}, { tenant: '../acme' }));
    expect(service.parked().map(({ code }) => code)).toEqual(['InvalidId', 'InvalidId']);
    const failing: AnyInbox = {
      ...ofTenants,
      tenant: () => {
        throw new Error('whose is it?');
      },
    };
    const other = serviceAt({ inboxes: [failing] });
    await other.receive('orders', placed('9'));
    expect(other.parked()).toMatchObject([{ place: 'row', message: 'whose is it?' }]);
  });

  test('of an inbox that is not there is an error, so that its queue keeps it', async () =>
    expect(serviceAt().receive('order', placed('7'))).rejects.toThrow("there is no inbox 'order'"));
});

describe('1,000 commits after its first delivery, an event acts no second time', () => {
  const busy = async (body: object, again: { isRepeated?: boolean; sentAt?: string }) => {
    const service = serviceAt();
    await service.receive('till', body);
    for (let other = 0; other < 1000; other++) await service.add('7', 1);
    service.pass(2 * day);
    await service.receive('till', body, again);
    return service.items('7');
  };
  const sold = { receipt: '1', kind: 'sold', parcel: '7', cents: 5 };

  test('if the queue has counted it', async () => expect(await busy({ ...sold, at: iso(now) }, { isRepeated: true })).toBe(1001));
  test('if its sender sent it again', async () => expect(await busy({ ...sold, at: iso(now) }, { sentAt: iso(now + 2 * day) })).toBe(1001));
  test('if it says no time', async () => expect(await busy(sold, { sentAt: iso(now + 2 * day) })).toBe(1001));
  test('if its time is still to come', async () =>
    expect(await busy({ ...sold, at: iso(now + 300 * day) }, { sentAt: iso(now + 2 * day) })).toBe(1001));
});

describe('whether a delivery may be a later one', () => {
  const triesOf = async (event: object, delivery: { isRepeated?: boolean; sentAt?: string } = {}) => {
    const seen: unknown[] = [];
    const handle: HandleCommand = async (_, __, { tries }) => {
      seen.push([tries?.isFirst, await tries?.since()]);
      return { stream: { aggregate: 'parcel', id: '7' }, version: 1, events: [], isRepeated: false };
    };
    await serviceAt({ handle }).receive('till', { receipt: '1', kind: 'sold', parcel: '7', cents: 1, ...event }, delivery);
    return seen[0];
  };
  const fiveMinutes = 5 * minute;
  test.each<[string, object, object, boolean, number]>([
    ['new', { at: iso(now) }, {}, true, now],
    ['a minute old', { at: iso(now - minute) }, {}, true, now - minute],
    ['older', { at: iso(now - minute - 1) }, {}, false, now - minute - 1],
    ['counted', { at: iso(now) }, { isRepeated: true }, false, now],
    ['of a clock that is ahead', { at: iso(now + minute) }, {}, true, now + minute],
    ['of a clock that is wrong', { at: iso(now + minute + 1) }, {}, false, now - 28 * day],
    ['without a time', {}, {}, false, now - 28 * day],
    ['without a time, from a queue', {}, { sentAt: iso(now - day) }, false, now - 29 * day],
  ])('%s', async (_, event, delivery, isFirst, since) =>
    expect(await triesOf(event, delivery)).toEqual([isFirst, iso(since - fiveMinutes)]),
  );
});

describe('is parked with its message:', () => {
  const parkedOf = async (inbox: string, body: unknown) => {
    const service = serviceAt();
    await service.receive(inbox, body);
    await service.receive(inbox, body, { isRepeated: true });
    return service.parked();
  };
  test('data that do not fit, by their fields', async () => {
    const body = placed('7', { totalCents: 'many', customerId: undefined });
    expect(await parkedOf('orders', body)).toEqual([
      {
        ...{ process: 'inbox:orders', cause: causeOf('orders', '7'), place: 'row', code: 'InvalidData', since: iso(now) },
        message: expect.stringMatching(/^OrderPlaced\.v1 \(7 of orders\): customerId: .*; totalCents: /),
        input: JSON.stringify({ body: JSON.stringify(body), attributes: {}, sentAt: iso(now) }),
      },
    ]);
  });
  test('a text that is not JSON', async () =>
    expect(await parkedOf('orders', '<order/>')).toMatchObject([
      { cause: `unread-${digest(JSON.stringify(['<order/>', {}]))}`, place: 'row', message: expect.stringContaining('is not JSON') },
    ]));
  test('what is no CloudEvent', async () =>
    expect(await parkedOf('orders', { id: '7', type: 'x', specversion: '1.0' })).toMatchObject([
      { message: expect.stringContaining('source: ') },
    ]));
  test('an event whose row throws', async () =>
    expect(await parkedOf('orders', placed('7', { totalCents: 13 }))).toMatchObject([{ code: 'RowFails', message: 'nobody packs that' }]));
  test('a command to an impossible id', async () =>
    expect(await parkedOf('till', { receipt: '1', kind: 'sold', parcel: 'a/b', cents: 1 })).toMatchObject([
      { place: 0, code: 'InvalidId' },
    ]));
  test('a refused command, and the others are carried out', async () => {
    const service = serviceAt();
    await service.tell('7', 'CloseParcel');
    await service.receive('orders', placed('7'));
    expect([await service.items('of-ada'), service.noted]).toEqual([1, ['inbox:orders ParcelClosed']]);
    expect(service.parked()).toMatchObject([{ place: 0, command: 'AddItem of parcel-7' }]);
  });
  test('an id that comes again with other content', async () => {
    const service = serviceAt();
    await service.receive('orders', placed('7'));
    await service.receive('orders', placed('7', { totalCents: 200 }));
    expect([await service.items('7'), service.parked().map(({ code }) => code)]).toEqual([
      1,
      ['IdempotencyKeyReused', 'IdempotencyKeyReused'],
    ]);
  });
});

test('what is too large to park stays in its queue, and its other commands act once', async () => {
  const service = serviceAt();
  await service.tell('7', 'CloseParcel');
  const large = placed('7', { note: 'x'.repeat(mostParkedBytes) });
  for (const isRepeated of [false, true])
    await expect(service.receive('orders', large, { isRepeated })).rejects.toThrow(/^ParcelClosed: .* cannot be parked/);
  await expect(service.receive('orders', 'x'.repeat(mostParkedBytes))).rejects.toThrow('cannot be parked, so it stays in its queue');
  expect([await service.items('of-ada'), service.parked()]).toEqual([1, []]);
});

test('a command whose outcome is unknown is an error, and the next delivery sends it again', async () => {
  const service = serviceAt();
  let fails = true;
  const handle: HandleCommand = (...args) => (fails ? Promise.reject(new Unavailable('no answer')) : service.ports.handle(...args));
  const troubled = { ...service.ports, handle };
  const { receiver } = await import('./receiving.ts');
  const delivered = { body: JSON.stringify(placed('7')), attributes: {}, sentAt: iso(now) };
  await expect(receiver(troubled)('orders', delivered, { isRepeated: false })).rejects.toThrow('no answer');
  fails = false;
  await receiver(troubled)('orders', delivered, { isRepeated: true });
  expect([await service.items('7'), service.parked()]).toEqual([1, []]);
});

describe('an operator has it tried again', () => {
  const cause = causeOf('orders', '7');

  test('what is carried out is parked no more', async () => {
    const service = serviceAt();
    await service.tell('7', 'CloseParcel');
    await service.receive('orders', placed('7'));
    await service.again('orders', cause);
    expect(service.parked()).toHaveLength(1);
    await service.tell('7', 'OpenParcel');
    service.pass(30 * day);
    await service.again('orders', cause);
    expect([await service.items('7'), await service.items('of-ada'), service.parked()]).toEqual([1, 1, []]);
    await service.again('orders', cause);
    expect(await service.items('7')).toBe(1);
  });

  test('after the schema was mended', async () => {
    const service = serviceAt();
    await service.receive('orders', placed('7', { totalCents: '100' }));
    const mended = defineInbox({
      ...{ name: 'orders', from: eventBus({ sources: ['orders'] }), format: cloudEvents(), to: [parcel] },
      receives: { 'OrderPlaced.v1': z.object({ orderId: z.string(), totalCents: z.coerce.number() }) },
      on: {
        'OrderPlaced.v1': ({ orderId, totalCents }) => ({
          to: parcel,
          sends: { id: orderId, type: 'AddItem', data: { cents: totalCents } },
        }),
      },
    });
    await service.again('orders', cause, [mended]);
    expect([await service.items('7'), service.parked()]).toEqual([1, []]);
  });

  test('after the format was mended, it is parked under its own id if it is refused', async () => {
    const service = serviceAt();
    const body = { ...placed('7'), specversion: '0.3' };
    await service.tell('7', 'CloseParcel');
    await service.receive('orders', body);
    const [before] = service.parked();
    const lenient: AnyInbox = {
      ...(orders as unknown as AnyInbox),
      format: { kind: 'cloudevents', read: (said) => cloudEvents().read({ ...said, body: said.body.replace('0.3', '1.0') }) },
    };
    await service.again('orders', before?.cause ?? '', [lenient]);
    expect([await service.items('of-ada'), service.parked()]).toMatchObject([1, [{ cause, place: 0, code: 'ParcelClosed' }]]);
  });

  test('what stays unreadable stays parked', async () => {
    const service = serviceAt();
    await service.receive('orders', '<order/>');
    await service.again('orders', service.parked()[0]?.cause ?? '');
    expect(service.parked()).toHaveLength(1);
  });

  test('what has an unknown outcome stays parked', async () => {
    const service = serviceAt();
    await service.tell('7', 'CloseParcel');
    await service.receive('orders', placed('7'));
    const { receiveAgain } = await import('./receiving.ts');
    const handle: HandleCommand = () => Promise.reject(new Unavailable('no answer'));
    await expect(receiveAgain({ ...service.ports, handle })('orders', cause)).rejects.toThrow('no answer');
    expect(service.parked()).toHaveLength(1);
  });

  test('in an inbox that is gone: that is said', async () =>
    expect(serviceAt().again('order', cause)).rejects.toThrow("there is no inbox 'order'"));
});

test('the domain of this test has all kinds of formats', () =>
  expect(domain.inboxes?.map(({ format }) => format.kind)).toEqual(['cloudevents', 'plain', 'eventbridge']));
