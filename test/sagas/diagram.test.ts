import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { idOf, sagaDiagram, sagaPage } from '../../cli/saga-diagram.ts';
import { type AnySaga, defineSaga } from '../../core/sagas/saga.ts';
import { sagaDefinition, stateNames } from '../../lib/saga-definition.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import { stay } from '../guesthouse/index.ts';

const context = z.object({ orderId: z.string() });

/** Two steps that begin together, of which one can be undone, and a last one. */
const pair = defineSaga({
  name: 'pair',
  context,
  startsOn: { of: order, event: 'OrderPlaced', context: (_, { id }) => ({ orderId: id }) },
  steps: {
    TakePayment: {
      to: payment,
      send: ({ orderId }) => ({ id: orderId, type: 'RequestPayment', data: { amountCents: 1 } }),
      undo: ({ orderId }) => ({ id: orderId, type: 'RefundPayment', data: {} }),
    },
    ReserveStock: {
      alongside: 'TakePayment',
      to: stock,
      send: ({ orderId }) => ({ id: orderId, type: 'ReserveStock', data: { reservation: orderId, quantity: 1 } }),
      undo: 'nothing',
    },
    ShipOrder: { to: order, send: ({ orderId }) => ({ id: orderId, type: 'ShipOrder', data: {} }) },
  },
  onAbort: { to: order, send: ({ orderId }, reason) => ({ id: orderId, type: 'CancelOrder', data: { reason } }) },
});

describe.each<AnySaga>([fulfilment, pair, stay])('the diagram of $name', (saga) => {
  const names = stateNames(sagaDefinition(saga, 'arn:aws:lambda:eu-central-1:123456789012:function:step'));
  const lines = sagaDiagram(saga)
    .split('\n')
    .map((line) => line.trim());
  const ways = lines.flatMap((line) => {
    const [, from = '', to = ''] = /^(\S+) --> ([^:]+)/.exec(line) ?? [];
    return from === '' ? [] : [[from, to] as const];
  });

  test('has every state of the machine once, by its name', () => {
    const isNamed = (name: string) => idOf(name) === name || lines.some((line) => line.startsWith(`state "${name}" as ${idOf(name)}`));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
    expect(new Set(names.map(idOf)).size).toBe(names.length);
  });

  test('has an arrow to and from each state, and no arrow to another name', () => {
    const ends = new Set(ways.flat().filter((id) => id !== '[*]'));
    expect([...ends].sort()).toEqual(names.map(idOf).sort());
    expect(names.filter((name) => !ways.some(([from]) => from === idOf(name)))).toEqual([]);
    expect(names.filter((name) => !ways.some(([, to]) => to === idOf(name)))).toEqual([]);
  });

  test('closes every block that it opens', () =>
    expect(lines.filter((line) => line.endsWith('{'))).toHaveLength(lines.filter((line) => line === '}').length));
});

test('parallel steps are regions of one state, and each arrow has its reason', () => {
  const lines = sagaDiagram(pair).split('\n');
  expect(lines.slice(0, 2)).toEqual(['stateDiagram-v2', '  [*] --> TakePayment_and_ReserveStock']);
  const together = lines.slice(2, lines.indexOf('  }') + 1);
  expect(together).toEqual(
    expect.arrayContaining([
      '  state "TakePayment and ReserveStock" as TakePayment_and_ReserveStock {',
      '    [*] --> TakePayment',
      '    --',
      '  }',
    ]),
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      '  TakePayment_and_ReserveStock_all_done --> ShipOrder: yes',
      '  ShipOrder --> Back_from_TakePayment_and_ReserveStock: refused, aborted',
      '  ShipOrder --> ShipOrder_waits_for_an_operator: of another release, not known',
      '  ShipOrder_waits_for_an_operator --> Back_from_TakePayment_and_ReserveStock: given up',
      '    Undo_TakePayment --> Undo_TakePayment_waits_for_an_operator: fails',
      '  Aborted --> [*]',
    ]),
  );
});

test('the page has the diagram in a block that GitHub draws', () =>
  expect(sagaPage(pair)).toMatch(/^# The saga pair\n[\s\S]*\n```mermaid\nstateDiagram-v2\n[\s\S]*\n```\n$/));
