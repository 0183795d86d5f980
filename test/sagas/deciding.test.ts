import { describe, expect, test } from '@jest/globals';
// @ts-expect-error it has no types
import validate from 'asl-validator';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import { decided } from '../../core/sagas/running/decide.ts';
import { maxHistoryEvents, worstHistory } from '../../lib/execution-history.ts';
import { type Definition, sagaDefinition } from '../../lib/saga-definition.ts';
import { stay } from '../guesthouse/index.ts';
import { sampled } from '../support/runs.ts';
import { isRetried, runMachine } from '../support/saga-machine.ts';
import { scriptsOf, type Taught } from '../support/saga-scripts.ts';

const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:step';
const tries = 2;
const hasty = JSON.parse(
  JSON.stringify(sagaDefinition(stay, arn)).replaceAll(/"MaxAttempts":[1-9]\d*/g, `"MaxAttempts":${tries}`),
) as Definition;

const begun = { bookingId: '42', guestId: 'ada', nights: 2, pays: 'now', opensAt: '', pagesLeft: 2 };
const contexts = {
  'paid now, two pages': begun,
  'paid later, opened before': { ...begun, pays: 'later', opensAt: '2026-01-01', pagesLeft: 1 },
  'free, no page': { ...begun, pays: 'never', pagesLeft: 0 },
  'more pages than it may take': { ...begun, pays: 'never', pagesLeft: 9 },
};
/** As the deciders of the inn would. */
const taught: Taught = (step, known) => {
  const context = known as typeof begun;
  const lessons: Readonly<Record<string, object>> = {
    HoldRoom: { roomId: 'r1', totalCents: 180 },
    TakePayment: { receipt: 'r' },
    CreditPoints: { pagesLeft: context.pagesLeft - 1 },
  };
  return lessons[step] && { ...context, ...lessons[step] };
};
const decides = ({ input, step = '', asks = 'when', branches, round }: SagaTaskRequest): object => {
  const answer = decided(stay, input, { step, asks, branches, round, now: new Date() });
  if ('proceed' in answer) return answer.output as object;
  throw Object.assign(new Error(JSON.stringify(answer)), { name: 'Refused' });
};

test('it is valid in the Amazon States Language, and its history has room for the rounds', () => {
  const definition = sagaDefinition(stay, arn);
  expect(validate(definition).errorsText()).toBe('');
  const worst = worstHistory(definition as never);
  expect(worst).toBeLessThanOrEqual(maxHistoryEvents);
  const more = {
    ...stay,
    steps: { ...stay.steps, CreditPoints: { ...stay.steps.CreditPoints, repeat: { while: () => true, atMost: 50 } } },
  };
  expect(worstHistory(sagaDefinition(more as never, arn) as never)).toBeGreaterThan(worst);
});

describe('the state machine does what the saga means, on every path:', () => {
  test.each(Object.entries(contexts))('%s', async (title, context) => {
    const scripts = sampled(scriptsOf(stay, context, 1, taught), 3);
    expect(scripts.length).toBeGreaterThan(5);
    for (const script of scripts) {
      const input = { event: 'booking-42@1', correlationId: 'c', context };
      const { asked, output } = await runMachine(hasty, input, script, tries, {
        decides,
        taught: ({ step = '', input: { context: known } }) => taught(step, known) as object | undefined,
      });
      const begins = script.stages.map((_, index) => script.stages.slice(0, index).flat().length);
      const stages = begins.map((begin, index) => asked.slice(begin, begins[index + 1]).toSorted());
      const backwards = asked.filter((id) => /^Undo CreditPoints\/\d+$/.test(id));
      expect(backwards).toEqual(backwards.toSorted().toReversed());
      expect({ stages, isAborted: 'failed' in output }).toEqual({ stages: script.stages, isAborted: script.end === 'Aborted' });
    }
    process.stdout.write(`${title}: ${scripts.length} ways\n`);
  });
});

test('a saga that fails often is one of them', () => {
  const endings = scriptsOf(stay, begun, 1, taught).flatMap(({ endings: all }) => Object.values(all).flat());
  expect(endings.filter(isRetried).length).toBeGreaterThan(10);
});
