import { randomUUID } from 'node:crypto';
import type { SendTaskFailureCommand } from '@aws-sdk/client-sfn';
import { describe, expect, test } from '@jest/globals';
// @ts-expect-error it has no types
import validate from 'asl-validator';
import * as z from 'zod';
import { stepFunctionsExecutions } from '../../adapters/sagas/step-functions-sagas.ts';
import { growthOf } from '../../core/sagas/running/run.ts';
import { type AnySaga, abort, defineSaga, maxItems } from '../../core/sagas/saga.ts';
import { type Definition, sagaDefinition } from '../../lib/saga-definition.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { sampled } from '../support/runs.ts';
import { isRetried, runMachine } from '../support/saga-machine.ts';
import { type Ending, type Script, scriptsOf } from '../support/saga-scripts.ts';

/** How often a function that fails is called again here. The deployed machines try for a day (patience.test.ts). */
const tries = 8;
const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:step';
/** The machine of a saga, which tries a task for minutes instead of a day. */
const hasty = (saga: AnySaga): Definition => {
  const made = () => {
    const text = JSON.stringify(sagaDefinition(saga, arn));
    return JSON.parse(text.replaceAll(/"MaxAttempts":[1-9]\d*/g, `"MaxAttempts":${tries}`));
  };
  const definition = hastyOnes.get(saga) ?? made();
  hastyOnes.set(saga, definition);
  return definition;
};
const hastyOnes = new Map<AnySaga, Definition>();
const ship = ({ id }: { readonly id: string }) => ({ id, type: 'ShipOrder', data: {} }) as const;
const cancel = ({ id }: { readonly id: string }) => ({ id, type: 'CancelOrder', data: { reason: 'r' } }) as const;
const request = ({ id }: { readonly id: string }) => ({ id, type: 'RequestPayment', data: { amountCents: 1 } }) as const;

/** Steps alongside each other, one of which waits and one of which needs no undo; a last step with a way back. */
const journey = defineSaga({
  name: 'journey',
  context: z.object({ id: z.string() }),
  startsOn: { of: order, event: 'OrderPlaced', context: (_, { id }) => ({ id }) },
  steps: {
    BookFlight: {
      to: payment,
      send: request,
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }) => abort(reason) },
      timeoutSeconds: 60,
      undo: ({ id }) => ({ id, type: 'RefundPayment', data: {} }),
    },
    BookHotel: { to: order, alongside: 'BookFlight', send: ship, undo: cancel },
    TellMother: { to: order, alongside: 'BookFlight', send: ship, undo: 'nothing' },
    Pack: { to: order, send: ship, undo: 'nothing' },
    Leave: { to: order, send: ship, undo: cancel },
  },
  onAbort: { to: order, send: cancel },
});

const lines = [
  { productId: 'tea', reservation: '42/0' },
  { productId: 'cup', reservation: '42/1' },
];
const machines: Readonly<Record<string, { saga: AnySaga; context: object; maxCalls: number }>> = {
  'fulfilment of one line': { saga: fulfilment, context: { orderId: '42', totalCents: 1, lines: lines.slice(0, 1) }, maxCalls: 2 },
  'fulfilment of two lines': { saga: fulfilment, context: { orderId: '42', totalCents: 1, lines }, maxCalls: 1 },
  'fulfilment of nothing': { saga: fulfilment, context: { orderId: '42', totalCents: 1, lines: [] }, maxCalls: 2 },
  'a journey': { saga: journey, context: { id: '42' }, maxCalls: 1 },
};

test.each([fulfilment, journey] as AnySaga[])('$name is valid in the Amazon States Language', (saga) => {
  const { isValid, errorsText } = validate(sagaDefinition(saga, arn));
  expect(errorsText()).toBe('');
  expect(isValid).toBe(true);
});

test.each([
  [undefined, 1],
  [3, 3],
])('each task has the revision of the definition: %s', (revision, expected) => {
  const definition = JSON.stringify(sagaDefinition(revision === undefined ? journey : { ...journey, revision }, arn));
  const tasks = definition.split('"Type":"Task"').length - 1;
  expect(definition.split(`"revision":${expected},`).length - 1).toBe(tasks);
});

test('the graph is the process', () => {
  const { StartAt, States } = sagaDefinition(fulfilment, arn);
  const walk = (name: string): string[] => {
    const { Next, Default } = States[name] as { Next?: string; Default?: string };
    const next = Next ?? Default;
    return [name, ...(next === undefined ? [] : walk(next))];
  };
  expect(walk(StartAt)).toEqual([
    'ReserveStock for each of lines',
    'ReserveStock for each of lines: all done?',
    'TakePayment',
    'ApproveOrder',
    'DispatchStock for each of lines',
    'DispatchStock for each of lines: all done?',
    'ShipOrder',
    'Completed',
  ]);
  expect(walk('Undo DispatchStock for each of lines')).toEqual([
    'Undo DispatchStock for each of lines',
    'Undo TakePayment',
    'Undo ReserveStock for each of lines',
    'Abort',
    'Aborted',
  ]);
});

/**
 * Each later try is told as one. After an operator looked at a step or at an undo, the first try of an undo may be told as a later one: that
 * costs a look into the log.
 */
const demandTold = (asked: readonly string[], again: readonly string[]): void => {
  const later = asked.filter((id, place) => /^(Undo )?[A-Za-z]+\/\d+$/.test(id) && asked.indexOf(id) < place);
  const isUndo = (id: string) => id.startsWith('Undo ');
  expect(later.filter((id) => !again.includes(id))).toEqual([]);
  expect(again.filter((id) => !isUndo(id))).toEqual(later.filter((id) => !isUndo(id)));
  if (!asked.some((id) => id.endsWith(' waits for an operator'))) expect(again).toEqual(later);
};

/** Each task is asked for in its stage, as often as it should be, and the end is the same. */
describe('the state machine does what the saga means, on every path:', () => {
  test.each(Object.entries(machines))('%s', async (title, { saga, context, maxCalls }) => {
    const definition = hasty(saga);
    const scripts = sampled(scriptsOf(saga, context, maxCalls), 7);
    expect(scripts.length).toBeGreaterThan(5);
    for (const script of scripts) {
      const { asked, again, output, calls } = await runMachine(
        definition,
        { event: 'order-42@1', correlationId: 'c', context },
        script,
        tries,
      );
      const begins = script.stages.map((__, index) => script.stages.slice(0, index).flat().length);
      const stages = begins.map((begin, index) => asked.slice(begin, begins[index + 1]).toSorted());
      const failures = Object.values(script.endings).flat().filter(isRetried).length;
      expect({ stages, isAborted: 'failed' in output }).toEqual({ stages: script.stages, isAborted: script.end === 'Aborted' });
      demandTold(asked, again);
      expect(calls).toBe(asked.length + tries * failures);
    }
    process.stdout.write(`${title}: ${scripts.length} ways\n`);
  });
});

const waits = (id: string) => `${id} waits for an operator`;

describe('a task that the running code does not know waits for an operator, and nothing is undone:', () => {
  const input = (context: object) => ({ event: 'order-42@1', correlationId: 'c', context });
  const run = (saga: AnySaga, context: object, script: Script) => runMachine(hasty(saga), input(context), script, tries);

  test.each(Object.entries(machines))('%s goes on as if nothing had been, if it is tried again', async (_, { saga, context }) => {
    const every = scriptsOf(saga, context, 0).flatMap((script) => Object.keys(script.endings).map((id) => ({ script, id })));
    const cases = every.filter((_, index) => index % Math.ceil(every.length / 100) === 0);
    expect(cases.length).toBeGreaterThan(5);
    for (const { script, id } of cases) {
      const endings = { ...script.endings, [id]: ['UnknownDefinition', ...(script.endings[id] ?? [])], [waits(id)]: ['again'] } as const;
      const { asked, again, output, calls } = await run(saga, context, { ...script, endings });
      expect(asked.toSorted()).toEqual([...script.stages.flat(), id, waits(id)].toSorted());
      expect('failed' in output).toBe(script.end === 'Aborted');
      // The next try is not the first one: what became of the tries before is not known.
      demandTold(asked, again);
      expect(again.includes(id)).toBe(id !== 'Abort');
      expect(calls).toBe(asked.length + tries * Object.values(script.endings).flat().filter(isRetried).length);
    }
  });

  test.each(Object.entries(machines))('%s goes back as after an unknown outcome, if it is given up', async (_, { saga, context }) => {
    const isStep = (id: string) => saga.steps[id.split('/')[0] ?? '']?.undo !== undefined;
    const cases = scriptsOf(saga, context, 0).flatMap((script) =>
      Object.keys(script.endings).flatMap((id) => (isStep(id) && script.endings[id]?.[0] === 'failed' ? [{ script, id }] : [])),
    );
    for (const { script, id } of sampled(cases, 8)) {
      const endings = { ...script.endings, [id]: ['UnknownDefinition'], [waits(id)]: ['GivenUp'] } as const;
      const { asked, output } = await run(saga, context, { ...script, endings });
      expect(asked.toSorted()).toEqual([...script.stages.flat(), waits(id)].toSorted());
      expect('failed' in output).toBe(true);
    }
  });

  test('a step that an operator looked at makes no later try of another step', async () => {
    const steps = ['ReserveStock', 'TakePayment', 'ApproveOrder', 'DispatchStock', 'ShipOrder'].map((step) => `${step}/0`);
    const endings = { ...Object.fromEntries(steps.map((id) => [id, ['done']])), 'TakePayment/0': ['UnknownDefinition', 'done'] };
    const script = {
      endings: { ...endings, [waits('TakePayment/0')]: ['again'] } as Script['endings'],
      stages: [],
      end: 'Completed',
    } as const;
    const { again } = await run(fulfilment, { orderId: '42', totalCents: 1, lines: lines.slice(0, 1) }, script);
    expect(again).toEqual(['TakePayment/0']);
  });
});

/** An execution has 256 KB for its data, and all that began together are in them. */
test.each(['failed', 'Refused'] as const)(
  'what a list of the greatest length leaves behind is small, where everything ends as: %s',
  async (ending) => {
    const many = Array.from({ length: maxItems }, (_, index) => ({ productId: 'tea', reservation: `42/${index}` }));
    const endings: Record<string, Ending[]> = { Abort: ['done'] };
    for (const index of many.keys()) {
      endings[`ReserveStock/${index}`] = [ending];
      endings[`Undo ReserveStock/${index}`] = ['done'];
    }
    const input = { event: 'order-42@1', correlationId: 'c', context: { orderId: '42', totalCents: 1, lines: many } };
    const { output } = await runMachine(hasty(fulfilment), input, { endings, stages: [], end: 'Aborted' }, tries);
    expect(output['failed']).toHaveLength(maxItems);
    const [failure] = output['failed'] as readonly { readonly ReserveStock: object }[];
    expect(failure?.ReserveStock).toEqual(ending === 'failed' ? { Error: 'Lambda.Unknown' } : { Error: ending, Cause: 'because Refused' });
    expect(JSON.stringify(output).length).toBeLessThan(64 * 1024);
  },
);

describe('an execution has 256 KB, and the longest reasons of a list of the greatest length fit in after each state:', () => {
  const maxDataBytes = 256 * 1024;
  /** The token of a task, the ARN of the function and the times are longer on AWS than here. */
  const roomForToken = 2048;
  const many = Array.from({ length: maxItems }, (_, index) => ({ productId: randomUUID(), reservation: `${randomUUID()}/${index}` }));
  const context = { orderId: randomUUID(), totalCents: 1, lines: many };
  const letters = {
    'three bytes': '山',
    quotes: '"',
    'quotes and three bytes': '"山',
    'four bytes': '🍵',
    controls: '\u0000',
    halves: '\ud83c',
  };
  const failing = ['ReserveStock', 'DispatchStock'] as const;
  const cases = Object.entries(letters).flatMap(([title, letter]) => failing.map((step) => [step, title, letter] as const));

  /** What the adapter makes of a reason without end. */
  const causeOf = async (refused: string): Promise<string> => {
    const sent: SendTaskFailureCommand[] = [];
    const client = { send: async (command: SendTaskFailureCommand) => void sent.push(command) };
    await stepFunctionsExecutions({ client: client as never }).answer('token', { refused, onRetry: true });
    return sent[0]?.input.cause ?? '';
  };

  test.each(cases)('each %s fails, %s', async (step, _, letter) => {
    const cause = await causeOf(letter.repeat(10_000));
    expect([cause.length > 20, cause.isWellFormed()]).toEqual([true, true]);
    const endings: Record<string, Ending[]> = {
      'TakePayment/0': ['done'],
      'ApproveOrder/0': ['done'],
      'Undo TakePayment/0': ['done'],
      Abort: ['done'],
    };
    for (const index of many.keys())
      for (const one of failing) {
        const id = `${one}/${index}`;
        endings[id] = one === step ? ['UnknownDefinition', 'RefusedOnRetry'] : ['done'];
        endings[waits(id)] = ['again'];
        endings[`Undo ${id}`] = ['done'];
      }
    const sizes = new Map<string, number>();
    const onData = (state: string, data: unknown) =>
      void sizes.set(state, Math.max(sizes.get(state) ?? 0, Buffer.byteLength(JSON.stringify(data))));
    const input = { event: `order-${context.orderId}@1`, correlationId: randomUUID(), context };
    const script: Script = { endings, stages: [], end: 'Aborted' };
    let largestTask = 0;
    const onTask = (payload: object) => {
      largestTask = Math.max(largestTask, Buffer.byteLength(JSON.stringify(payload)));
    };
    const { output } = await runMachine(hasty(fulfilment), input, script, tries, { cause, onData, onTask });
    expect(output['failed']).toHaveLength(maxItems);
    expect(largestTask).toBeLessThanOrEqual(maxDataBytes - roomForToken);
    expect([...sizes.keys()]).toEqual(expect.arrayContaining([`${step} for each of lines: not done`, `Undo ${step}`, 'Abort']));
    // A saga whose data may grow beyond the limit does not start.
    const most = Buffer.byteLength(JSON.stringify(input)) + growthOf(fulfilment, context);
    expect(most).toBeLessThanOrEqual(maxDataBytes);
    expect([...sizes].filter(([, bytes]) => bytes > most)).toEqual([]);
  });
});

test('who tries to tell an operator does so for months: each try takes 3 of the 25,000 events that an execution has', () => {
  const { Retry } = sagaDefinition(fulfilment, arn).States['Abort waits for an operator'] as unknown as { Retry: readonly object[] };
  expect(Retry).toContainEqual(expect.objectContaining({ ErrorEquals: ['States.ALL'], MaxDelaySeconds: 3600 }));
});

describe('a name of a state has 80 characters at most, as AWS has it', () => {
  const long = (letter: string) => letter.repeat(33);
  const named = (...names: string[]): AnySaga => ({
    ...journey,
    steps: Object.fromEntries(
      names.map((name, index) => [name, { to: order, send: ship, undo: cancel, ...(index === 0 ? {} : { alongside: names[0] }) }]),
    ),
  });

  test('or there is no definition, and the error says which', () => {
    expect(() => sagaDefinition(named(long('A'), long('B'), long('C')), arn)).toThrow(
      `journey: the state '${long('A')} and ${long('B')} and ${long('C')}' has 109 characters, and AWS takes 80`,
    );
    expect(() => sagaDefinition(named(long('A'), long('B')), arn)).toThrow(/^journey: the state 'A+ and B+: all done\?' has 82 char/);
  });

  test('those inside of others, too', () => {
    expect(() => sagaDefinition(named('A'.repeat(40), 'B'), arn)).not.toThrow();
    expect(() => sagaDefinition(named(`A${'a'.repeat(60)}`, 'B'), arn)).toThrow(/the state '.* waits for an operator' has 83 characters/);
  });
});
