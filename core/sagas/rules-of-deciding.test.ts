import { describe, expect, test } from '@jest/globals';
import { domain, stay } from '../../test/guesthouse/index.ts';
import { checkSaga } from './rules.ts';
import type { AnySaga, AnyStep } from './saga.ts';

const steps = (stay as AnySaga).steps;
const complaintsOf = (changed: Readonly<Record<string, AnyStep | undefined>>): readonly string[] => {
  const found: string[] = [];
  const rest = Object.fromEntries(Object.entries({ ...steps, ...changed }).filter(([, step]) => step !== undefined));
  checkSaga(domain.deciders, { ...stay, steps: rest } as AnySaga, (holds, rule) => void (holds || found.push(rule)));
  return found;
};
const step = (name: string, fields: Partial<AnyStep>) => ({ [name]: { ...(steps[name] as AnyStep), ...fields } });

test('the saga of the inn keeps the rules', () => expect(complaintsOf({})).toEqual([]));

describe('a saga that breaks a rule is told so:', () => {
  test.each<[string, Readonly<Record<string, AnyStep | undefined>>, string]>([
    [
      'a branch that no choice has',
      step('SendNote', { branch: 'card' }),
      "stay: SendNote is of the branch 'card', which no choice above it has",
    ],
    ['one branch', step('HowToPay', { branches: ['now'] }), 'stay: HowToPay chooses between fewer than two branches'],
    ['two branches of one name', step('HowToPay', { branches: ['now', 'later', 'now'] }), 'stay: HowToPay has two branches of one name'],
    [
      'a choice in a branch',
      step('SendNote', { choose: () => 'x', branches: ['x', 'y'] }),
      'stay: SendNote chooses inside of a branch: a choice stands in no branch',
    ],
    [
      'a strange name',
      step('HowToPay', { branches: ['now', 'later', 'free', 'a b'] }),
      "stay: HowToPay has the branch 'a b': a name has letters, digits and hyphens, 40 at most",
    ],
    ['half a day', step('WaitForOpening', { maxDays: 0.5 }), 'stay: WaitForOpening waits for whole days, from 1'],
    ['a wait of a year', step('WaitForOpening', { maxDays: 365 }), 'stay: its steps wait for more than 300 days, one after the other'],
    ['no round', step('CreditPoints', { repeat: { while: () => true, atMost: 0 } }), 'stay: CreditPoints repeats from 1 to 200 rounds'],
    [
      'rounds that cannot be undone',
      step('CreditPoints', { undo: undefined }),
      'stay: CreditPoints repeats, so it needs an undo: a round that fails leads back over the rounds before',
    ],
    [
      'what is not awaited',
      step('TakePayment', { learns: { PaymentAsked: () => ({}) } }),
      "stay: TakePayment learns from 'PaymentAsked', which it does not await",
    ],
    [
      'what is not known',
      step('HoldRoom', { learns: { PaymentAsked: () => ({}) } }),
      "stay: HoldRoom learns from 'PaymentAsked', which it does not know",
    ],
    [
      'a step that learns beside another',
      step('Confirm', { alongside: 'CreditPoints', undo: 'nothing' }),
      'stay: CreditPoints learns, so it begins alone and has no forEach',
    ],
  ])('%s', (_, changed, rule) => {
    expect(complaintsOf(changed)).toContain(rule);
  });
});
