import { describe, expect, test } from '@jest/globals';
import { memoryCircuits } from '../../test/support/circuits.ts';
import type { Limits } from './calls.ts';
import { guarded } from './guarded.ts';
import { CallHeld, CallRefused, type OutboundCall, Unanswered } from './outbound-requests.ts';

const call = (to = 'bank', key = 'payment-42@1'): OutboundCall => ({ to, path: '/a', body: {}, idempotencyKey: key, correlationId: 'c' });

type Says = 'answers' | 'is silent' | 'refuses' | Unanswered;

/** A third party, and the instances of the function that call it, on one clock. */
const world = (limits: Limits = {}) => {
  let clock = 0;
  let says: Says = 'answers';
  const [asked, held]: [number[], string[]] = [[], []];
  const circuits = memoryCircuits();
  const pass = (milliseconds: number): void => {
    clock += milliseconds;
  };
  const bank = async () => {
    asked.push(clock);
    if (says === 'is silent') throw new Unanswered('bank: 503');
    if (says === 'refuses') throw new CallRefused('bank: 422');
    if (says instanceof Unanswered) throw says;
    return { status: 200, text: '' };
  };
  const instance = () =>
    guarded({
      ...{ thirdParties: { known: new Set(['bank', 'post']), call: bank }, circuits, limits: new Map([['bank', limits]]) },
      now: () => new Date(clock),
      wait: async (milliseconds) => pass(milliseconds),
      chance: () => 0.5,
      onHeld: (name) => void held.push(name),
    });
  const first = instance();
  return {
    ...{ asked, held, circuits, instance, first },
    is: (word: Says) => {
      says = word;
    },
    pass: (seconds: number) => pass(seconds * 1000),
    now: () => clock,
    /** What comes of a call: `answered`, `held`, or the name of the error. */
    try: (one = first, what = call()) =>
      one.call(what).then(
        () => 'answered',
        (error: Error) => error.name,
      ),
  };
};

const down = async (limits: Limits = {}) => {
  const bank = world(limits);
  bank.is('is silent');
  for (let failures = 0; failures < 5; failures++) await bank.try();
  return bank;
};

describe('a circuit', () => {
  test('costs a read in five seconds, and no write, while the third party answers', async () => {
    const bank = world();
    for (let calls = 0; calls < 10; calls++) expect(await bank.try()).toBe('answered');
    expect(bank.circuits.requests).toEqual(['read']);
    bank.pass(5);
    await bank.try();
    expect(bank.circuits.requests).toEqual(['read', 'read']);
  });

  test('opens after five failures in a row, of all instances, each of three tries', async () => {
    const bank = world();
    bank.is('is silent');
    const instances = Array.from({ length: 5 }, bank.instance);
    const came = [];
    for (const one of instances) came.push(await bank.try(one));
    expect(came).toEqual(['Unavailable', 'Unavailable', 'Unavailable', 'Unavailable', 'CallHeld']);
    expect(bank.asked).toHaveLength(15);
    expect(await bank.try(bank.instance())).toBe('CallHeld');
    expect(bank.asked).toHaveLength(15);
  });

  test('does not open while some calls are answered', async () => {
    const bank = world();
    for (let round = 0; round < 10; round++) {
      bank.is('is silent');
      for (let failures = 0; failures < 4; failures++) expect(await bank.try()).toBe('Unavailable');
      bank.is(round % 2 === 0 ? 'answers' : 'refuses');
      expect(await bank.try()).not.toBe('CallHeld');
    }
    expect(bank.held).toEqual([]);
  });

  test('lets one call try after half a minute, once; the others wait for it', async () => {
    const bank = await down();
    bank.pass(31);
    const before = bank.asked.length;
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => bank.try(bank.instance())));
    expect(outcomes.every((one) => one === 'CallHeld')).toBe(true);
    expect(bank.asked).toHaveLength(before + 1);
  });

  test('closes with the first answer, also one that refuses', async () => {
    for (const word of ['answers', 'refuses'] as const) {
      const bank = await down();
      bank.pass(31);
      bank.is(word);
      expect(await bank.try(bank.instance())).toBe(word === 'answers' ? 'answered' : 'CallRefused');
      bank.is('answers');
      bank.pass(5);
      expect(await Promise.all(Array.from({ length: 8 }, () => bank.try(bank.instance())))).toEqual(Array(8).fill('answered'));
    }
  });

  test('waits longer after each try in vain, up to five minutes', async () => {
    const bank = await down();
    const tries: number[] = [];
    for (let minutes = 0; minutes < 180; minutes += 1 / 6) {
      const before = bank.asked.length;
      bank.pass(10);
      await bank.try(bank.instance());
      if (bank.asked.length > before) tries.push(bank.now() / 1000);
    }
    const apart = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(apart.slice(0, 4).map((one) => Math.round(one / 10) * 10)).toEqual([60, 120, 240, 300]);
    expect(Math.max(...apart)).toBeLessThanOrEqual(310);
    expect(tries.length).toBeLessThan(45);
  });

  test('lets another try if the one that tries has died', async () => {
    const bank = await down();
    bank.pass(31);
    const dead = guardedThatDies(bank);
    await expect(dead.call(call())).rejects.toThrow('died');
    expect(await bank.try(bank.instance())).toBe('CallHeld');
    bank.pass(91);
    bank.is('answers');
    expect(await bank.try(bank.instance())).toBe('answered');
  });

  test('stays open for as long as the third party asks', async () => {
    const bank = world();
    bank.is(new Unanswered('bank: 429', { askedSeconds: 600 }));
    for (let failures = 0; failures < 5; failures++) await bank.try();
    expect(bank.asked).toHaveLength(5);
    bank.is('answers');
    bank.pass(599);
    expect(await bank.try()).toBe('CallHeld');
    bank.pass(1);
    expect(await bank.try()).toBe('answered');
  });

  test('is none for a third party without limits', async () => {
    const bank = world();
    bank.is('is silent');
    for (let calls = 0; calls < 9; calls++) expect(await bank.try(bank.first, call('post'))).toBe('Unavailable');
    expect(bank.circuits.requests).toEqual([]);
  });
});

const guardedThatDies = (bank: ReturnType<typeof world>) =>
  guarded({
    thirdParties: {
      known: new Set(['bank']),
      call: async () => {
        throw new Error('died');
      },
    },
    circuits: bank.circuits,
    limits: new Map([['bank', {}]]),
    now: () => new Date(bank.now()),
    wait: async () => {},
    chance: () => 0,
    onHeld: () => {},
  });

describe('a rate', () => {
  test('holds over all instances', async () => {
    const bank = world({ ratePerSecond: 5 });
    const instances = Array.from({ length: 4 }, bank.instance);
    for (let calls = 0; calls < 40; calls++) expect(await bank.try(instances[calls % 4])).toBe('answered');
    const seconds = (Math.max(...bank.asked) - Math.min(...bank.asked)) / 1000;
    expect(39 / seconds).toBeLessThanOrEqual(5.01);
  });

  test('sends back to the queue what would wait for more than ten seconds', async () => {
    const bank = world({ ratePerSecond: 1 });
    const waiting = guarded({
      thirdParties: { known: new Set(['bank']), call: async () => ({ status: 200, text: '' }) },
      ...{ circuits: bank.circuits, limits: new Map([['bank', { ratePerSecond: 1 }]]) },
      ...{ now: () => new Date(0), wait: async () => {}, chance: () => 0, onHeld: () => {} },
    });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        waiting.call(call()).then(
          () => 'answered',
          (error: CallHeld) => error,
        ),
      ),
    );
    expect(outcomes.filter((one) => one === 'answered')).toHaveLength(11);
    expect(outcomes.filter((one) => one instanceof CallHeld)).toHaveLength(9);
  });

  test('holds for the tries of one call, too', async () => {
    const bank = world({ ratePerSecond: 0.5 });
    bank.is('is silent');
    await bank.try();
    expect(bank.asked).toHaveLength(3);
    expect((bank.asked[1] ?? 0) - (bank.asked[0] ?? 0)).toBeGreaterThanOrEqual(2000);
  });
});

test('three hours without the third party: no call is lost, few are made in vain, and no receive is used up', async () => {
  const bank = world({ concurrency: 10 });
  const instances = Array.from({ length: 10 }, bank.instance);
  const hours3 = 3 * 3600 * 1000;
  let queue = Array.from({ length: 500 }, (_, index) => ({ key: `payment-${index}@1`, at: index * 10_000, receives: 0 }));
  const done = new Map<string, number>();
  let failedReceives = 0;
  bank.is('is silent');
  // As SQS hands over: what is visible, ten at a time. The clock of the world goes on with the queue's.
  while (queue.length > 0) {
    queue.sort((one, other) => one.at - other.at);
    const [next] = queue as [(typeof queue)[0]];
    if (next.at > bank.now()) bank.pass((next.at - bank.now()) / 1000);
    if (bank.now() >= hours3) bank.is('answers');
    queue = queue.slice(1);
    const outcome = await (instances[done.size % 10] ?? bank.first).call(call('bank', next.key)).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome === undefined) done.set(next.key, (done.get(next.key) ?? 0) + 1);
    else if (outcome instanceof CallHeld) queue.push({ ...next, at: bank.now() + Math.min(900, outcome.seconds) * 1000 });
    else {
      failedReceives += 1;
      queue.push({ ...next, at: bank.now() + 360_000, receives: next.receives + 1 });
    }
  }
  expect(done.size).toBe(500);
  expect([...done.values()].every((times) => times === 1)).toBe(true);
  expect(failedReceives).toBe(4);
  const inVain = bank.asked.filter((at) => at < hours3).length;
  expect(inVain).toBeLessThan(70);
  // All is made up for soon after it is back.
  expect(bank.now() - hours3).toBeLessThan(20 * 60 * 1000);
});
