import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { machineOf } from './small-machine.ts';

// Waits and tasks of days. The clock of these tests is not the real one.

const day = 86_400_000;
beforeEach(() => void jest.useFakeTimers({ now: Date.UTC(2026, 0, 1), doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());
const daysPass = async (days: number) => {
  for (let passed = 0; passed < days; passed++) await jest.advanceTimersByTimeAsync(day);
};
const wait = (days: number) => ({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: days * 86_400, End: true } } });
const question = {
  StartAt: 'A',
  States: {
    A: {
      ...{ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 60 * 86_400, End: true },
      Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
    },
  },
};

test.each([1, 17, 18, 24, 25, 30, 60])('a wait of %d days ends after them', async (days) => {
  const { machine } = await machineOf(wait(days), { timeScale: 1 });
  machine.start('one', {});
  await daysPass(days - 1);
  expect(machine.execution('one')?.status).toBe('RUNNING');
  await daysPass(1);
  expect(machine.execution('one')?.status).toBe('SUCCEEDED');
  expect(jest.getTimerCount()).toBe(0);
});

test.each([1, 20])('a wait of 30 days ends after them, also after a restart on day %d', async (restarted) => {
  const { machine, folder } = await machineOf(wait(30), { timeScale: 1 });
  machine.start('one', {});
  await daysPass(restarted);
  await machine.suspend();
  const { machine: next } = await machineOf(wait(30), { timeScale: 1, folder });
  next.resume();
  await daysPass(29 - restarted);
  expect(next.execution('one')?.status).toBe('RUNNING');
  await daysPass(1);
  expect(next.execution('one')?.status).toBe('SUCCEEDED');
});

test('an answer may come after 30 days, and the function is asked once', async () => {
  const { machine, calls } = await machineOf(question, { timeScale: 1, does: () => ({ output: {} }) });
  machine.start('one', {});
  await daysPass(30);
  expect(machine.running('one')?.answer('0', { output: 'yes' })).toBe(true);
  await jest.advanceTimersByTimeAsync(1000);
  expect(machine.execution('one')).toMatchObject({ status: 'SUCCEEDED', ending: { output: 'yes' } });
  expect(calls).toHaveLength(1);
});

test('an answer that does not come is a timeout after the 60 days of the task', async () => {
  const { machine } = await machineOf(question, { timeScale: 1, does: () => ({ output: {} }) });
  machine.start('one', {});
  await daysPass(59);
  expect(machine.execution('one')?.status).toBe('RUNNING');
  await daysPass(1);
  expect(machine.execution('one')).toMatchObject({ status: 'FAILED', ending: { error: 'States.Timeout' } });
});

test('a machine that is suspended begins no new run', async () => {
  const { machine } = await machineOf(wait(30), { timeScale: 1 });
  machine.start('one', {});
  await daysPass(1);
  await machine.suspend();
  expect(jest.getTimerCount()).toBe(0);
  await daysPass(40);
  expect(machine.execution('one')?.status).toBe('RUNNING');
});
