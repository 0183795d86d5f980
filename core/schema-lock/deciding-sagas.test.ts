import { describe, expect, test } from '@jest/globals';
import { domain, stay } from '../../test/guesthouse/index.ts';
import type { AnySaga, AnyStep } from '../sagas/saga.ts';
import { compareSagas, sagaShapes } from './sagas.ts';

const steps = (stay as AnySaga).steps;
const shapesOf = (changed: AnySaga['steps']) =>
  sagaShapes({ ...domain, sagas: [{ ...stay, steps: { ...steps, ...changed } } as AnySaga] }, () => '');
const found = (changed: AnySaga['steps']): readonly string[] =>
  compareSagas(shapesOf({}), shapesOf(changed)).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);
const step = (name: string, fields: Partial<AnyStep>) => ({ [name]: { ...(steps[name] as AnyStep), ...fields } });

test('the lock has what an execution asks of the code', () => {
  const shapes = shapesOf({})['stay']?.['1']?.steps ?? [];
  expect(shapes.map(({ name, to: _, isUndone: __, ...ways }) => ({ [name]: ways }))).toEqual([
    { WaitForOpening: { waits: 'until a time', isOptional: true } },
    { HoldRoom: { learns: ['HoldRoom'] } },
    { HowToPay: { branches: ['free', 'later', 'now'] } },
    { AskPayment: { branch: 'now' } },
    { TakePayment: { awaits: ['PaymentDeclined', 'PaymentReceived'], branch: 'now', learns: ['PaymentReceived'], waits: 'for an event' } },
    { SendNote: { branch: 'later' } },
    { CreditPoints: { learns: ['PageCredited'], rounds: 5 } },
    { Confirm: {} },
  ]);
});

describe('what executions that are under way would miss needs a revision:', () => {
  test.each<[string, AnySaga['steps'], readonly string[]]>([
    ['nothing', {}, []],
    ['the code of the functions', step('HowToPay', { choose: () => 'now' }), []],
    ['a longer wait', step('WaitForOpening', { maxDays: 60 }), []],
    [
      'another event to learn from',
      step('CreditPoints', { learns: { ...steps['CreditPoints']?.learns, PageTaken: () => ({}) } }),
      ['compatible: saga stay@1.CreditPoints.learns has changed'],
    ],
    [
      'a step that learns no longer',
      step('CreditPoints', { learns: undefined }),
      ['incompatible: saga stay@1.CreditPoints.learns has changed'],
    ],
    [
      'a step that begins to learn',
      step('Confirm', { learns: { BookingConfirmed: () => ({}) } }),
      ['incompatible: saga stay@1.Confirm.learns has changed'],
    ],
    [
      'another branch',
      step('HowToPay', { branches: ['now', 'later', 'free', 'half'] }),
      ['incompatible: saga stay@1.HowToPay.branches has changed'],
    ],
    ['a step of another branch', step('SendNote', { branch: 'free' }), ['incompatible: saga stay@1.SendNote.branch has changed']],
    ['a step that is optional now', step('Confirm', { when: () => true }), ['incompatible: saga stay@1.Confirm.isOptional has changed']],
    [
      'more rounds',
      step('CreditPoints', { repeat: { while: () => true, atMost: 6 } }),
      ['incompatible: saga stay@1.CreditPoints.rounds has changed'],
    ],
  ])('%s', (_, changed, findings) => expect(found(changed)).toEqual(findings));
});
