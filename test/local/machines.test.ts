import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type Do, eventful, everything, machineOf, type Options, patiently, task } from './small-machine.ts';

describe('a machine', () => {
  test('runs loops, branches, waits, retries and catchers', async () => {
    const { run, calls } = await machineOf(everything, { does: eventful(), isValid: false });
    expect(await run({ from: 7 })).toMatchObject({ status: 'SUCCEEDED', ending: { output: { undone: 'Refused' } } });
    const states = Map.groupBy(calls, ([state]) => state);
    expect(Object.fromEntries([...states].map(([state, times]) => [state, times.length]))).toEqual({
      Plan: 2,
      Step: 9,
      Left: 1,
      Right: 1,
      Undo: 1,
    });
    expect(states.get('Step')?.[0]?.[1]).toEqual({ item: 'a', index: 0, from: 7 });
    expect(states.get('Left')?.[0]?.[1]).toHaveProperty(
      'each',
      ['a', 'b', 'c'].map((item) => ({ item, began: 7 })),
    );
  });

  test('fails with the error of its task, in the form of Lambda', async () => {
    const { run } = await machineOf(
      { StartAt: 'A', States: { A: task({ End: true }) } },
      { does: () => ({ error: 'Oops', cause: 'why' }) },
    );
    expect(await run({})).toMatchObject({ status: 'FAILED', ending: { error: 'Oops', cause: 'why' } });
  });

  test.each([
    ['States.TaskFailed', { A: task({ Retry: [{ ErrorEquals: ['States.TaskFailed'] }], End: true }) }, 'States.TaskFailed'],
    ['a field', { A: task({ TimeoutSecondsPath: '$.x', End: true }) }, "TimeoutSecondsPath of 'A'"],
    [
      'a resource',
      { A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true } },
      "the resource arn:aws:states:::sqs:sendMessage of 'A'",
    ],
    ['a context', { A: task({ Parameters: { 'x.$': '$$.State.Name' }, End: true }) }, '$$.State.Name'],
    [
      'a context where it is not known',
      { A: { Type: 'Pass', Parameters: { 'x.$': '$$.State.RetryCount' }, End: true } },
      "$$.State outside of the parameters of a task, in 'A'",
    ],
    ['chance', { A: { Type: 'Pass', Parameters: { 'x.$': 'States.UUID()' }, End: true } }, 'States.UUID'],
  ])('is refused for %s that is not supported here', async (_, States, message) => {
    await expect(machineOf({ StartAt: 'A', States })).rejects.toThrow(message);
  });

  test('tells a task how often its retrier has tried it, counted from 0 each time the state is entered', async () => {
    const asking = { 'state.$': '$$.State', 'redrives.$': '$$.Execution.RedriveCount' };
    const Retry = [{ ErrorEquals: ['No'], MaxAttempts: 0 }, ...patiently];
    const Ask = task({ Parameters: asking, ResultPath: null, Retry, Catch: [{ ErrorEquals: ['No'], Next: 'Look' }], End: true });
    const Look = task({ Next: 'Ask' });
    const States = {
      Each: { Type: 'Map', ItemProcessor: { StartAt: 'Ask', States: { Ask, Look } }, End: true },
    };
    const answers = ['Broken', 'Broken', 'No', 'Broken', 'done'];
    const does: Do = (state) => {
      const answer = state === 'Ask' ? answers.shift() : 'done';
      return answer === 'done' ? { output: {} } : { error: answer as string, cause: 'x' };
    };
    const { run, calls } = await machineOf({ StartAt: 'Each', States }, { does });
    expect(await run([1])).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls.flatMap(([state, input]) => (state === 'Ask' ? [input] : []))).toEqual(
      [0, 1, 2, 0, 1].map((RetryCount) => ({ state: { RetryCount }, redrives: 0 })),
    );
  });

  describe('fails if its data have more than 256 KB, as Step Functions does, and nothing catches that:', () => {
    const limit = 256 * 1024;
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'End' }];
    const anyway = { Catch, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }], Next: 'End' };
    const End = { Type: 'Succeed' };
    const doubled = { Type: 'Pass', Parameters: { 'one.$': '$.text', 'other.$': '$.text' }, Next: 'End' };
    const bare = '{"text":""}'.length;

    test.each<[string, object, number, number]>([
      ['the output of a task', task(anyway), limit - bare, 0],
      ['the output of another state', doubled, 0, (limit - '{"one":"","other":""}'.length) / 2],
      ['the input of a task', task({ ...anyway, Parameters: { 'one.$': '$.text', 'other.$': '$.text' }, ResultPath: null }), 0, 131_061],
    ])('%s', async (_, A, told, given) => {
      const of = async (more: number) => {
        const does: Do = () => ({ output: { text: 'x'.repeat(told + (told > 0 ? more : 0)) } });
        const { run } = await machineOf({ StartAt: 'A', States: { A, End } } as never, { does });
        return run({ text: 'x'.repeat(Math.floor(given) + (told > 0 ? 0 : more)) });
      };
      expect(await of(0)).toMatchObject({ status: 'SUCCEEDED' });
      expect(await of(1)).toMatchObject({ status: 'FAILED', ending: { error: 'States.DataLimitExceeded' } });
    });
  });

  test('is refused if it is not valid', async () => {
    await expect(machineOf({ StartAt: 'B', States: { A: task({ End: true }) } }, { isValid: false })).rejects.toThrow('invalid');
  });
});

describe('an execution is known by its name', () => {
  const forever = { StartAt: 'A', States: { A: task({ End: true }) } };

  test('a repeated start is the same execution, while it runs', async () => {
    const { machine, calls } = await machineOf(forever, { does: () => new Promise(() => {}) });
    const first = machine.start('one', { a: 1 });
    expect(machine.start('one', { a: 1 })).toEqual(first);
    expect(machine.start('one', { a: 2 })).toBeUndefined();
    await setTimeout(5);
    expect(calls).toHaveLength(1);
  });

  test('its name stays taken after its end', async () => {
    const { machine, run } = await machineOf(forever);
    await run({ a: 1 });
    expect(machine.start('one', { a: 1 })).toBeUndefined();
  });
});

describe('time', () => {
  test('a task that takes too long fails with States.Timeout', async () => {
    const States = {
      A: task({ TimeoutSeconds: 10, Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.e', Next: 'B' }], End: true }),
      B: { Type: 'Pass', End: true },
    };
    const { run } = await machineOf({ StartAt: 'A', States }, { does: () => new Promise(() => {}) });
    expect((await run({}))?.ending).toMatchObject({ output: { e: { Error: 'States.Timeout' } } });
  });

  test('a machine that takes too long times out', async () => {
    const { run } = await machineOf({ StartAt: 'A', TimeoutSeconds: 10, States: { A: { Type: 'Wait', Seconds: 1_000_000, End: true } } });
    expect(await run({})).toMatchObject({ status: 'TIMED_OUT', ending: { error: 'States.Timeout' } });
  });

  test('a wait for a timestamp is as much shorter as a test says', async () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Wait', TimestampPath: '$.at', End: true } } };
    const { run } = await machineOf(definition, { timeScale: 0.001 });
    const begun = Date.now();
    expect(await run({ at: new Date(begun + 60_000).toISOString() })).toMatchObject({ status: 'SUCCEEDED' });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(55);
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});

describe('a task that waits for a callback', () => {
  const asking = {
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'one', Payload: { 'token.$': '$$.Task.Token', 'execution.$': '$$.Execution.Name' } },
        TimeoutSeconds: 900,
        End: true,
      },
    },
  };
  const begun = async (options: Options = {}) => {
    const all = await machineOf(asking, { timeScale: 1, does: () => ({ output: null }), ...options });
    const placed = async () => {
      while (all.calls.length === 0) await setTimeout(1);
      const [, input] = all.calls[0] as [string, { Payload: { token: string } }];
      return JSON.parse(Buffer.from(input.Payload.token, 'base64url').toString()) as [string, string];
    };
    return { ...all, placed };
  };

  test('continues with the answer, once', async () => {
    const { machine, placed, ended } = await begun();
    machine.start('one', {});
    const [arn, place] = await placed();
    expect(arn).toBe(machine.execution('one')?.arn);
    const { answer } = machine.running('one') ?? {};
    expect([answer?.(place, { output: 1 }), answer?.(place, { output: 2 })]).toEqual([true, false]);
    expect(await ended('one')).toMatchObject({ status: 'SUCCEEDED', ending: { output: 1 } });
  });

  test('takes an answer that comes before the function has returned', async () => {
    const { machine, placed, ended } = await begun({ does: () => new Promise(() => {}) });
    machine.start('one', {});
    const [, place] = await placed();
    machine.running('one')?.answer(place, { error: 'No', cause: 'because' });
    expect(await ended('one')).toMatchObject({ status: 'FAILED', ending: { error: 'No' } });
  });

  test('takes the answer after a restart, and does not run the function again', async () => {
    const first = await begun();
    first.machine.start('one', {});
    const [, place] = await first.placed();
    await setTimeout(5);
    await first.machine.suspend();
    const second = await begun({ folder: first.folder });
    second.machine.resume();
    expect(second.machine.running('one')?.answer(place, { output: 'late' })).toBe(true);
    expect(await second.ended('one')).toMatchObject({ ending: { output: 'late' } });
    expect(second.calls).toEqual([]);
  });

  test('has at least the time that its function takes, even if seconds are scaled down', async () => {
    const does: Do = async () => {
      await setTimeout(200);
      return { output: null };
    };
    const { machine, placed, ended } = await begun({ timeScale: 0.0001, does });
    machine.start('one', {});
    const [, place] = await placed();
    await setTimeout(150);
    expect(machine.running('one')?.answer(place, { output: 'in time' })).toBe(true);
    expect(await ended('one')).toMatchObject({ ending: { output: 'in time' } });
  });

  test('times out', async () => {
    const { machine, ended, placed } = await begun({ timeScale: 0.0001 });
    machine.start('one', {});
    const [, place] = await placed();
    expect(await ended('one')).toMatchObject({ status: 'FAILED', ending: { error: 'States.Timeout' } });
    expect(machine.running('one')?.answer(place, { output: 1 })).toBeUndefined();
  });
});

describe('an execution that failed', () => {
  test('is redriven from the task that it failed at', async () => {
    let isMended = false;
    const does: Do = (state, input) => (state === 'B' && !isMended ? { error: 'Broken', cause: 'x' } : { output: input });
    const redrives = { Parameters: { 'redrives.$': '$$.Execution.RedriveCount' }, ResultPath: null };
    const States = { A: task({ Next: 'B' }), B: task({ ...redrives, Retry: patiently, Next: 'C' }), C: task({ End: true }) };
    const { machine, run, calls, ended } = await machineOf({ StartAt: 'A', States }, { does });
    expect(await run({})).toMatchObject({ status: 'FAILED', ending: { error: 'Broken' } });
    isMended = true;
    machine.redrive('one');
    expect(await ended('one')).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls.map(([state]) => state)).toEqual(['A', 'B', 'B', 'B', 'B', 'B', 'C']);
    expect(calls.filter(([state]) => state === 'B').map(([, input]) => input)).toEqual([0, 0, 0, 0, 1].map((redrives) => ({ redrives })));
    expect(machine.redrive('one')).toBeUndefined();
  });

  test('may be aborted, and then runs no further task', async () => {
    const { machine, run } = await machineOf({
      StartAt: 'A',
      States: { A: { Type: 'Wait', Seconds: 1e6, Next: 'B' }, B: task({ End: true }) },
    });
    machine.start('one', {});
    await setTimeout(5);
    machine.running('one')?.abort('Operator', 'enough');
    expect(machine.execution('one')).toMatchObject({ status: 'ABORTED', ending: { error: 'Operator', cause: 'enough' } });
    expect(await run({})).toMatchObject({ status: 'ABORTED' });
  });
});
