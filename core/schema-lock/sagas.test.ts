import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { order } from '../../test/domain/order/decider.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { type Domain, defineDomain } from '../registry/domain.ts';
import type { AnySaga, AnyStep } from '../sagas/saga.ts';
import type { SchemaFinding } from './comparison.ts';
import { compareSagas, sagaShapes } from './sagas.ts';

const send = () => ({ id: '1', type: 'ShipOrder', data: {} }) as const;
const pay: AnyStep = {
  to: payment,
  send,
  awaits: { PaymentReceived: 'proceed', PaymentDeclined: () => ({ abort: '' }) },
  timeoutSeconds: 60,
  undo: send,
};
const pack: AnyStep = { to: order, send, forEach: 'lines', undo: send };
const tell: AnyStep = { to: order, send, alongside: 'Pay', undo: 'nothing' };
const ship: AnyStep = { to: order, send };
const context = z.object({ id: z.string(), lines: z.array(z.string()), parcels: z.array(z.string()) });
const shipping: AnySaga = {
  name: 'to-ship',
  context,
  startsOn: { of: order, event: 'OrderPlaced', context: () => undefined },
  steps: { Pay: pay, Tell: tell, Pack: pack, Ship: ship },
  onAbort: { to: order, send },
};
const domainOf = (...sagas: readonly AnySaga[]): Domain => defineDomain({ deciders: [order, payment], projections: [], sagas });
const shapes = (...sagas: readonly AnySaga[]) => sagaShapes(domainOf(...sagas), String);
const locked = shapes(shipping);
const found = (...sagas: readonly AnySaga[]): readonly SchemaFinding[] => compareSagas(locked, shapes(...sagas));
const said = (...sagas: readonly AnySaga[]) => found(...sagas).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);
const steps = (changed: Readonly<Record<string, AnyStep>>): AnySaga => ({ ...shipping, steps: changed });

test('the shape of a saga is its context and its steps in their order', () => {
  expect(locked).toEqual({
    'to-ship': {
      1: {
        context: expect.objectContaining({ type: 'object', required: ['id', 'lines', 'parcels'] }),
        steps: [
          { name: 'Pay', to: 'payment', awaits: ['PaymentDeclined', 'PaymentReceived'], isUndone: true },
          { name: 'Tell', to: 'order', alongside: 'Pay', isUndone: false },
          { name: 'Pack', to: 'order', forEach: 'lines', isUndone: true },
          { name: 'Ship', to: 'order', isUndone: false },
        ],
      },
    },
  });
});

describe('what executions under way survive is accepted:', () => {
  const other = () => ({ id: '2', type: 'ShipOrder', data: {} }) as const;
  test.each<[string, AnySaga | readonly AnySaga[], readonly string[]]>([
    ['nothing', shipping, []],
    ['words', { ...shipping, context: context.describe('what it needs') }, []],
    ['another time limit', steps({ ...shipping.steps, Pay: { ...pay, timeoutSeconds: 90 } }), []],
    ['the code of a step', steps({ ...shipping.steps, Pay: { ...pay, send: other, undo: other } }), []],
    ['another event that starts it', { ...shipping, startsOn: { ...shipping.startsOn, event: 'OrderApproved' } }, []],
    ['another order of the awaited events', steps({ ...shipping.steps, Pay: { ...pay, awaits: reversed(pay.awaits) } }), []],
    [
      'one more awaited event',
      steps({ ...shipping.steps, Pay: { ...pay, awaits: { ...pay.awaits, PaymentRefunded: 'proceed' } } }),
      ['compatible: saga to-ship@1.Pay.awaits has changed'],
    ],
    [
      'an undo where there was none',
      steps({ ...shipping.steps, Tell: { ...tell, undo: send } }),
      ['compatible: saga to-ship@1.Tell.undo has changed'],
    ],
    [
      'an optional field of the context',
      { ...shipping, context: context.extend({ note: z.string().optional() }) },
      ['compatible: saga to-ship@1.context.note added, optional'],
    ],
    ['another saga', [shipping, { ...shipping, name: 'next' }], ['compatible: saga next is a new saga']],
    ['another name that says the first one', { ...shipping, name: 'next', formerly: 'to-ship' }, []],
    ['a new revision', { ...steps({ Ship: ship }), revision: 2, before: [shipping] }, ['compatible: saga to-ship@2 is a new revision']],
  ])('%s', (_, sagas, expected) => expect(said(...[sagas].flat())).toEqual(expected));
});

describe('what they do not survive is refused:', () => {
  const { awaits: _, timeoutSeconds: __, ...once } = pay;
  test.each<[string, AnySaga | readonly AnySaga[], readonly string[]]>([
    ['no saga', [], ['saga to-ship is no longer in the domain']],
    ['another name of the saga', { ...shipping, name: 'next' }, ['saga to-ship is no longer in the domain', 'saga next is a new saga']],
    [
      'another revision alone',
      { ...shipping, revision: 2 },
      ['saga to-ship@1 is no longer in the domain', 'saga to-ship@2 is a new revision'],
    ],
    [
      'a required field of the context',
      { ...shipping, context: context.extend({ note: z.string() }) },
      ['saga to-ship@1.context.note added, required'],
    ],
    [
      'another name of a step',
      steps({ Pay: pay, Tell: tell, Wrap: pack, Ship: ship }),
      ['saga to-ship@1.Pack was removed', 'saga to-ship@1.Wrap is a new step'],
    ],
    ['no step', steps({ Pay: pay, Tell: tell, Ship: ship }), ['saga to-ship@1.Pack was removed']],
    [
      'one more step',
      steps({ ...{ Pay: pay, Tell: tell, Pack: pack }, Weigh: { ...ship, undo: send }, Ship: ship }),
      ['saga to-ship@1.Weigh is a new step'],
    ],
    ['another order', steps({ Pack: pack, Pay: pay, Tell: tell, Ship: ship }), ['saga to-ship@1.steps have another order']],
    ['another aggregate of a step', steps({ ...shipping.steps, Pack: { ...pack, to: payment } }), ['saga to-ship@1.Pack.to has changed']],
    ['another list', steps({ ...shipping.steps, Pack: { ...pack, forEach: 'parcels' } }), ['saga to-ship@1.Pack.forEach has changed']],
    [
      'a list where there was none',
      steps({ ...shipping.steps, Ship: { ...ship, forEach: 'lines', undo: 'nothing' } }),
      ['saga to-ship@1.Ship.forEach has changed'],
    ],
    [
      'a step that begins after another',
      steps({ ...shipping.steps, Tell: { ...tell, alongside: undefined } }),
      ['saga to-ship@1.Tell.alongside has changed'],
    ],
    [
      'one awaited event fewer',
      steps({ ...shipping.steps, Pay: { ...pay, awaits: { PaymentReceived: 'proceed' } } }),
      ['saga to-ship@1.Pay.awaits has changed'],
    ],
    ['a step that waits no longer', steps({ ...shipping.steps, Pay: once }), ['saga to-ship@1.Pay.awaits has changed']],
    [
      'a step that did not wait',
      steps({ ...shipping.steps, Ship: { ...ship, awaits: { OrderShipped: 'proceed' }, timeoutSeconds: 1, undo: 'nothing' } }),
      ['saga to-ship@1.Ship.awaits has changed'],
    ],
    ['no undo', steps({ ...shipping.steps, Pack: { ...pack, undo: 'nothing' } }), ['saga to-ship@1.Pack.undo has changed']],
  ])('%s', (_, sagas, expected) => {
    const refused = said(...[sagas].flat()).filter((line) => line.startsWith('incompatible: '));
    expect(refused).toEqual(expected.filter((line) => !/a new (saga|revision)$/.test(line)).map((line) => `incompatible: ${line}`));
    expect(said(...[sagas].flat())).toHaveLength(refused.length + expected.filter((line) => / a new (saga|revision)$/.test(line)).length);
  });

  test('with the remedy: a revision beside the old one', () => {
    expect(found(steps({ Pay: { ...pay, awaits: { PaymentReceived: 'proceed' } }, Tell: tell, Pack: pack, Ship: ship }))).toEqual([
      {
        severity: 'incompatible',
        path: 'saga to-ship@1.Pay.awaits',
        change: 'has changed',
        before: ['PaymentDeclined', 'PaymentReceived'],
        after: ['PaymentReceived'],
        breaks: 'executions of revision 1 that are under way need the old definition: they wait for an operator, or end in another way',
        remedy:
          'raise the revision: keep the old definition as it is, and make the new one beside it, with `revision: 2` and `before: [toShip1]`, the old one',
      },
    ]);
  });

  test.each<[string, readonly AnySaga[], string, string, string]>([
    ['a saga', [], 'saga to-ship', 'it', "if it has another name now, give it `formerly: 'to-ship'`; otherwise "],
    ['a revision', [{ ...shipping, revision: 2 }], 'saga to-ship@1', 'revision 1', ''],
  ])('with the remedy for %s that is gone', (_, sagas, path, what, first) => {
    expect(found(...sagas)[0]).toEqual({
      severity: 'incompatible',
      path,
      change: 'is no longer in the domain',
      breaks: `executions of ${what} that are under way wait for an operator, and cannot go on`,
      remedy: `${first}keep ${what} until \`npm run es -- sagas --revision\` counts no execution of it; then accept it with --incompatible`,
    });
  });

  test('with what it was and what it is', () => {
    expect(found(steps({ Pack: pack, Pay: pay, Tell: tell, Ship: ship }))[0]).toMatchObject({
      before: ['Pay', 'Tell', 'Pack', 'Ship'],
      after: ['Pack', 'Pay', 'Tell', 'Ship'],
    });
    expect(found(steps({ ...shipping.steps, Tell: { ...tell, alongside: undefined } }))[0]).toMatchObject({ before: 'Pay' });
    expect(found(steps({ ...shipping.steps, Tell: { ...tell, alongside: undefined } }))[0]).not.toHaveProperty('after');
    expect(found(steps({ ...shipping.steps, Ship: { ...ship, forEach: 'lines', undo: send } }))[0]).not.toHaveProperty('before');
  });
});

test('a lock from before sagas were in it says that they are new, and nothing else', () => {
  expect(compareSagas({}, locked).map(({ severity, path, change }) => `${severity}: ${path} ${change}`)).toEqual([
    'compatible: saga to-ship is a new saga',
  ]);
  expect(compareSagas({}, {})).toEqual([]);
});

test('the context is compared with the sources of its checks', () => {
  const checked = (check: (value: { id: string }) => boolean) => shapes({ ...shipping, context: context.refine(check) });
  const before = checked(({ id }) => id !== '');
  expect(
    compareSagas(
      before,
      checked(({ id }) => id !== ''),
    ),
  ).toEqual([]);
  expect(
    compareSagas(
      before,
      checked(({ id }) => id !== '1'),
    ),
  ).toMatchObject([{ severity: 'incompatible', path: 'saga to-ship@1.context' }]);
});

function reversed(table: AnyStep['awaits']): AnyStep['awaits'] {
  return Object.fromEntries(Object.entries(table ?? {}).toReversed());
}
