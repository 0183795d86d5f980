import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answered, type Door, openDoor } from './door.ts';
import { gatewayAnswer } from './response.ts';

let door: Door;
let answered: Answered[];
beforeEach(async () => {
  answered = [];
  door = await openDoor({ port: 0, onAnswer: (one) => answered.push(one) });
});
afterEach(() => door.close());

const says = (message: string) => async () => gatewayAnswer(200, message);
const ask = async (): Promise<string> => {
  const response = await fetch(`${door.url}/path`);
  return `${response.status} ${((await response.json()) as { readonly message: string }).message}`;
};

describe('a door', () => {
  test('answers with Retry-After before it is opened', async () => {
    const response = await fetch(door.url);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('holds requests while the system behind it is replaced, and loses none', async () => {
    door.open(says('old'));
    expect(await ask()).toBe('200 old');
    await door.hold();
    const held = [ask(), ask(), ask()];
    await new Promise((waited) => setTimeout(waited, 100));
    expect(answered).toHaveLength(1);
    door.open(says('new'));
    expect(await Promise.all(held)).toEqual(['200 new', '200 new', '200 new']);
  });

  test('waits for running requests before it holds new ones', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    door.open(() => promise.then(says('old')));
    const running = ask();
    await new Promise((waited) => setTimeout(waited, 100));
    const order: string[] = [];
    const held = door.hold().then(() => order.push('held'));
    void running.then(() => order.push('answered'));
    await new Promise((waited) => setTimeout(waited, 50));
    expect(order).toEqual([]);
    resolve();
    expect(await running).toBe('200 old');
    await held;
    expect(order).toContain('held');
  });

  test('tells each request with its answer', async () => {
    door.open(says('yes'));
    await ask();
    expect(answered).toEqual([{ method: 'GET', path: '/path', status: 200, milliseconds: expect.any(Number) }]);
  });
});
