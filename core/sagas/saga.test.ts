import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { domain } from '../../test/domain/index.ts';
import { order } from '../../test/domain/order/decider.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { tally } from '../../test/support/tally.ts';
import { defineDomain, sagasOf } from '../registry/domain.ts';
import { groupsOf } from './order.ts';
import { type AnySaga, type AnyStep, definitionsOf, machineName, namesOf, revisionOf, sagaNamed, sagasKey } from './saga.ts';

const send = () => ({ id: '1', type: 'ShipOrder', data: {} }) as const;
const step: AnyStep = { to: order, send, undo: 'nothing' };
const last: AnyStep = { to: order, send };
const awaiting: AnyStep = { ...step, awaits: { OrderShipped: 'proceed' }, timeoutSeconds: 60 };
const waitingFor = (days: number): AnyStep => ({ ...awaiting, timeoutSeconds: days * 24 * 3600 });
const saga: AnySaga = {
  name: 'shipping',
  context: z.object({ items: z.array(z.string()) }),
  startsOn: { of: order, event: 'OrderPlaced', context: () => undefined },
  steps: { Ship: step },
  onAbort: { to: order, send },
};
const withSteps = (steps: Record<string, AnyStep>): AnySaga => ({ ...saga, steps });
const define = (...sagas: AnySaga[]) => defineDomain({ deciders: [order, payment], projections: [], sagas });

describe('a saga', () => {
  const fine: Readonly<Record<string, AnySaga>> = {
    'of one step': saga,
    'that ends with the point of no return': withSteps({ A: step, B: last }),
    'that waits': withSteps({ A: awaiting, B: last }),
    'that waits for 300 days': withSteps({ A: waitingFor(200), B: { ...waitingFor(150), alongside: 'A' }, C: waitingFor(100) }),
    'with steps alongside each other': withSteps({ A: step, B: { ...awaiting, alongside: 'A' }, C: { ...step, alongside: 'A' }, D: last }),
    'with a name of one letter': { ...saga, name: 'a' },
    'with a name of words and numbers': { ...saga, name: 'a1-b2-3c' },
    'with a name of 40 characters': { ...saga, name: 'a'.repeat(40) },
    'with steps of one and of 40 characters': withSteps({ A: step, [`B9${'c'.repeat(38)}`]: last }),
    'that waits for a second': withSteps({ A: { ...awaiting, timeoutSeconds: 1 } }),
    'that awaits more than one event': withSteps({
      A: { ...awaiting, awaits: { OrderShipped: 'proceed', OrderPlaced: () => ({ abort: '' }) } },
    }),
    'with another name than its first': { ...saga, formerly: 'sending' },
    'with another name than a revision before it': { ...saga, formerly: 'sending', revision: 2, before: [{ ...saga, name: 'sending' }] },
    'of a later revision': { ...saga, revision: 2 },
    'with a revision before it': { ...saga, revision: 2, before: [saga] },
    'with all revisions before it': { ...saga, revision: 4, before: [{ ...saga, revision: 3 }, saga] },
    'with a revision that has one before it': { ...saga, revision: 4, before: [{ ...saga, revision: 3, before: [saga] }] },
    'with a list between other steps': withSteps({ A: step, B: { ...step, forEach: 'items' }, C: last }),
  };
  test.each(Object.entries(fine))('%s holds', (_, one) => expect(() => define(one)).not.toThrow());

  const rules: Readonly<Record<string, [AnySaga | AnySaga[], RegExp]>> = {
    'two of one name': [[saga, saga], /saga name 'shipping'/],
    'the former name of another': [[saga, { ...saga, name: 'sending', formerly: 'shipping' }], /saga name 'shipping'/],
    'a former name in capitals': [{ ...saga, formerly: 'Shipping' }, /'Shipping': a saga's name is kebab-case/],
    'a revision of nought': [{ ...saga, revision: 0 }, /shipping: a revision is a whole number from 1/],
    'half a revision': [{ ...saga, revision: 1.5 }, /shipping: a revision is a whole number from 1/],
    'the same revision before it': [{ ...saga, before: [saga] }, /shipping: revision 1 cannot be before revision 1/],
    'a later revision before it': [{ ...saga, revision: 2, before: [{ ...saga, revision: 3 }] }, /revision 3 cannot be before revision 2/],
    'another saga before it': [
      { ...saga, revision: 2, before: [{ ...saga, name: 'other' }] },
      /shipping: 'other' in `before` is another saga/,
    ],
    'one revision twice': [
      { ...saga, revision: 3, before: [{ ...saga, revision: 2, before: [saga] }, saga] },
      /shipping: two definitions have the same revision/,
    ],
    'a wrong step of an earlier revision': [{ ...saga, revision: 2, before: [withSteps({})] }, /no step/],
    'a name in capitals': [{ ...saga, name: 'Shipping' }, /kebab-case/],
    'a name of 41 characters': [{ ...saga, name: 'a'.repeat(41) }, /40 characters/],
    'a name that begins with a number': [{ ...saga, name: '1a' }, /kebab-case/],
    'a name that ends with a hyphen': [{ ...saga, name: 'a-' }, /kebab-case/],
    'a name with two hyphens': [{ ...saga, name: 'a--b' }, /kebab-case/],
    'a name with another sign at the end': [{ ...saga, name: 'a-b!' }, /kebab-case/],
    'a step of 41 characters': [withSteps({ [`A${'b'.repeat(40)}`]: step }), /PascalCase/],
    'a step that ends with another sign': [withSteps({ 'Ship!': step }), /PascalCase/],
    'no second': [withSteps({ A: { ...awaiting, timeoutSeconds: 0 } }), /waits for whole seconds/],
    'no number of seconds': [withSteps({ A: { ...awaiting, timeoutSeconds: Number.NaN } }), /waits for whole seconds/],
    'an inherited name of an event': [{ ...saga, startsOn: { ...saga.startsOn, event: 'toString' } }, /'toString'/],
    'an inherited name of an awaited event': [
      withSteps({ A: { ...awaiting, awaits: { OrderShipped: 'proceed' as const, toString: 'proceed' as const } } }),
      /A awaits 'toString', which 'order' does not record/,
    ],
    'an aggregate from elsewhere in the second step': [withSteps({ A: step, B: { ...step, to: tally } }), /B sends to 'tally'/],
    'a point of no return that begins with another step': [withSteps({ A: step, B: { ...last, alongside: 'A' } }), /B has no undo/],
    'the second list alongside': [
      withSteps({ A: step, B: { ...step, alongside: 'A' }, C: { ...step, alongside: 'A', forEach: 'items' } }),
      /C: a step with forEach cannot have a step alongside/,
    ],
    'an aggregate from elsewhere that it starts on': [{ ...saga, startsOn: { ...saga.startsOn, of: tally } }, /starts on.*'tally'/],
    'an event that nobody records': [{ ...saga, startsOn: { ...saga.startsOn, event: 'OrderLost' } }, /'OrderLost'/],
    'an aggregate from elsewhere in the end': [{ ...saga, onAbort: { to: tally, send } }, /onAbort.*'tally'/],
    'no step': [withSteps({}), /no step/],
    'an aggregate from elsewhere': [withSteps({ A: { ...step, to: tally } }), /A sends to 'tally'/],
    'a step that is no name': [withSteps({ 'take payment': step }), /PascalCase/],
    'half a second': [withSteps({ A: { ...awaiting, timeoutSeconds: 0.5 } }), /whole seconds/],
    'more than 300 days': [withSteps({ A: waitingFor(301) }), /300 days/],
    'more than 300 days one after the other': [withSteps({ A: waitingFor(200), B: waitingFor(100), C: waitingFor(1) }), /300 days/],
    'nothing that proceeds': [withSteps({ A: { ...awaiting, awaits: { OrderShipped: () => ({ abort: '' }) } } }), /no event that proceeds/],
    'an event of another aggregate': [withSteps({ A: { ...awaiting, awaits: { PaymentReceived: 'proceed' } } }), /'PaymentReceived'/],
    'a first step alongside of something': [withSteps({ A: { ...step, alongside: 'B' }, B: step }), /A is alongside 'B'/],
    'a step alongside of one that is over': [withSteps({ A: step, B: step, C: { ...step, alongside: 'A' } }), /C is alongside 'A'/],
    'a list alongside of something': [withSteps({ A: step, B: { ...step, alongside: 'A', forEach: 'items' } }), /B.*step alongside/],
    'something alongside of a list': [withSteps({ A: { ...step, forEach: 'items' }, B: { ...step, alongside: 'A' } }), /B.*step alongside/],
    'a point of no return in the middle': [withSteps({ A: last, B: step }), /A has no undo/],
    'two points of no return': [withSteps({ A: last, B: { ...last, alongside: 'A' } }), /A has no undo/],
  };
  test.each(Object.entries(rules))('is refused: %s', (_, [sagas, says]) => expect(() => define(...[sagas].flat())).toThrow(says));

  test.each<[AnySaga, string]>([
    [{ ...saga, startsOn: { ...saga.startsOn, event: 'OrderLost' } }, "shipping: it starts on 'OrderLost', which 'order' does not record"],
    [withSteps({ A: step, B: { ...last, to: tally } }), "shipping: B sends to 'tally', which is no aggregate here"],
    [withSteps({ a: last }), 'shipping: a is not named like a command: PascalCase, 40 characters at most'],
  ])('is named, and the step, in a rule that it breaks', (one, rule) => expect(() => define(one)).toThrow(`domain: ${rule}`));

  test('is found by name', () => {
    expect(sagaNamed(sagasOf(domain), 'fulfilment').name).toBe('fulfilment');
    const renamed = { ...saga, formerly: 'sending' };
    for (const name of ['shipping', 'sending']) expect(sagaNamed([{ ...saga, name: 'other' }, renamed], name)).toBe(renamed);
    expect([machineName(saga), machineName(renamed)]).toEqual(['shipping', 'sending']);
    expect([namesOf(saga), namesOf(renamed)]).toEqual([['shipping'], ['shipping', 'sending']]);
    expect(() => sagaNamed(sagasOf(domain), 'constructor')).toThrow(
      expect.objectContaining({ code: 'UnknownSaga', message: "there is no saga 'constructor'" }),
    );
  });

  test('is held in all its revisions, the newest first', () => {
    const second = { ...saga, revision: 2, before: [saga] };
    const third = { ...saga, revision: 3, before: [second] };
    expect(definitionsOf(third)).toEqual([third, second, saga]);
    expect(definitionsOf(third).map(revisionOf)).toEqual([3, 2, 1]);
  });

  test('is done in groups: those that begin together, one after the other', () => {
    const steps = { A: step, B: { ...step, alongside: 'A' }, C: step, D: { ...step, alongside: 'C' }, E: { ...step, alongside: 'C' } };
    expect(groupsOf(withSteps(steps))).toEqual([
      ['A', 'B'],
      ['C', 'D', 'E'],
    ]);
  });
});

test('the schema lock keeps its name for the sagas', () => expect(sagasKey).toBe('running-sagas'));
