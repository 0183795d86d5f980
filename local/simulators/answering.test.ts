import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { simulators } from '../../test/domain/simulators.ts';
import { answering } from './answering.ts';

const day = 86_400_000;
beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test.each([0, 1, 24, 25, 30, 100])('a command that is due in %d days is sent then, and once', async (days) => {
  const sent: number[] = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    sent.push(Date.now() / day);
    return new Response('{}', { status: 200 });
  });
  const [simulator] = simulators;
  if (simulator === undefined) throw new Error('the test domain has no simulator');
  const send = answering({ simulator, url: 'http://127.0.0.1:1', issuer: undefined, say: () => {}, signal: new AbortController().signal });
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  void send({ id: '42', command: { type: 'ReceivePayment', data: {} }, key: 'provider/0/0', at: days * day, done } as never);
  for (let passed = 0; passed < 120; passed++) await jest.advanceTimersByTimeAsync(passed === 0 ? 0 : day);
  expect({ sent, isDone }).toEqual({ sent: [days], isDone: true });
});
