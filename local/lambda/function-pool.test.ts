import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lambdaEnvironment } from './environment.ts';
import { createFunction, type FunctionPool } from './function-pool.ts';
import type { FunctionSettings } from './invocation.ts';

const code = `
let count = 0;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const actions = {
  count: () => ++count,
  environment: () => process.env,
  context: (event, { getRemainingTimeInMillis, ...context }) => ({ ...context, remaining: getRemainingTimeInMillis() }),
  fail: () => { throw new TypeError('it failed'); },
  text: () => { throw 'just text'; },
  exit: () => process.exit(3),
  uncaught: async () => { setTimeout(() => { throw new Error('nobody caught it'); }); await wait(1000); },
  late: () => { setTimeout(() => { throw new Error('too late'); }, 20); return 'fine'; },
  wait: ({ milliseconds }) => wait(milliseconds),
  interval: async ({ milliseconds }) => {
    const began = Date.now();
    await wait(milliseconds);
    return { began, ended: Date.now() };
  },
  spin: () => { for (;;); },
  print: () => { console.log('one\\ntwo'); console.error('three'); },
  nothing: () => undefined,
  large: () => 'x'.repeat(7_000_000),
};
export const handler = async (event, context) => actions[event.do](event, context);
`;

let folder: string;
const pools: FunctionPool[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'function-'));
  await writeFile(join(folder, 'index.mjs'), code);
  await writeFile(join(folder, 'broken.mjs'), "import 'no-such-package';");
});
afterAll(async () => {
  await Promise.all(pools.map(({ stop }) => stop()));
  await rm(folder, { recursive: true });
});

const start = (change: Partial<FunctionSettings> = {}) => {
  const lines: string[] = [];
  const settings = { name: 'the-function', codeFolder: folder, handler: 'index.handler', memoryMegabytes: 128, ...change };
  const environment = lambdaEnvironment(
    settings,
    { region: 'us-east-1', endpoint: 'http://engine', services: 'http://localhost:2', objects: 'http://localhost:3' },
    { TABLE: 'orders' },
  );
  const whole = {
    ...{
      label: 'Function',
      arn: 'arn:function',
      timeoutSeconds: 5,
      concurrency: 8,
      environment,
      say: (source: string, line: string) => void lines.push(`${source} ${line}`),
    },
    ...settings,
  };
  const pool = createFunction(whole);
  pools.push(pool);
  return { lines, ...pool, settings: whole, ask: (action: string, more: object = {}) => pool.invoke({ do: action, ...more }) };
};

describe('a function', () => {
  test('stays warm between invocations', async () => {
    const { ask } = start();
    await ask('count');
    expect(await ask('count')).toMatchObject({ ok: true, payload: 2, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test('runs one invocation at a time in an environment, and several environments side by side', async () => {
    const { ask } = start();
    const answers = await Promise.all([1, 2, 3].map(() => ask('interval', { milliseconds: 2_000 })));
    const times = answers.map((answer) => ('payload' in answer ? answer.payload : answer) as { began: number; ended: number });
    expect(Math.max(...times.map(({ began }) => began))).toBeLessThan(Math.min(...times.map(({ ended }) => ended)));
    const counts = await Promise.all([ask('count'), ask('count'), ask('count')]);
    expect(counts.map((answer) => 'payload' in answer && answer.payload)).toEqual([1, 1, 1]);
  });

  test('runs at most its limit at a time; other invocations wait', async () => {
    const { ask } = start({ concurrency: 1 });
    const counts = await Promise.all([ask('count'), ask('count'), ask('count')]);
    expect(counts.map((answer) => 'payload' in answer && answer.payload)).toEqual([1, 2, 3]);
  });

  test('has the environment of Lambda and of the template, and no variable of this process', async () => {
    process.env['OURS'] = 'secret';
    const answer = await start().ask('environment');
    expect(answer).toMatchObject({ payload: { TABLE: 'orders', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'the-function' } });
    expect(answer).toMatchObject({ payload: { AWS_ENDPOINT_URL_DYNAMODB: 'http://engine', AWS_EC2_METADATA_DISABLED: 'true' } });
    for (const name of ['OURS', 'PATH', 'DYNAMODB_ENDPOINT', 'npm_config_cache']) expect(answer).not.toHaveProperty(['payload', name]);
  });

  test('gets the context of Lambda', async () => {
    const answer = await start().ask('context');
    expect(answer).toMatchObject({
      payload: { functionName: 'the-function', awsRequestId: answer.requestId, invokedFunctionArn: 'arn:function', memoryLimitInMB: '128' },
    });
    const { remaining } = (answer as unknown as { payload: { remaining: number } }).payload;
    expect(remaining).toBeGreaterThan(4_000);
    expect(remaining).toBeLessThanOrEqual(5_000);
  });

  test('knows the alias that it is invoked by', async () => {
    const { invoke } = start();
    const arns = [await invoke({ do: 'context' }, 'operators'), await invoke({ do: 'context' })].map(
      (answer) => 'payload' in answer && answer.payload,
    );
    expect(arns).toMatchObject([{ invokedFunctionArn: 'arn:function:operators' }, { invokedFunctionArn: 'arn:function' }]);
  });

  test('may return no value', async () => expect(await start().ask('nothing')).toMatchObject({ ok: true, payload: null }));

  test('logs its output line by line, under its name', async () => {
    const { ask, lines } = start();
    await ask('print');
    await ask('wait', { milliseconds: 50 });
    expect([...lines].sort()).toEqual(['Function one', 'Function three', 'Function two']);
  });
});

describe('a failure', () => {
  test.each([
    ['fail', { errorType: 'TypeError', errorMessage: 'it failed' }],
    ['text', { errorType: 'string', errorMessage: 'just text' }],
    ['exit', { errorType: 'Runtime.ExitError', errorMessage: "the function's process ended: exit status 3" }],
    ['uncaught', { errorType: 'Runtime.ExitError', errorMessage: "the function's process ended: Error: nobody caught it" }],
  ])('by %s is the answer and a line, and the next invocation works', async (action, error) => {
    const { ask, lines } = start();
    expect(await ask(action)).toMatchObject({ ok: false, error });
    expect(lines[0]).toBe(`Function failed: ${error.errorType}: ${error.errorMessage}`);
    expect(await ask('count')).toMatchObject({ ok: true, payload: 1 });
  });

  test.each(['wait', 'spin'])('by a timeout (%s) ends the environment', async (action) => {
    const { ask } = start({ timeoutSeconds: 0.3 });
    const answer = await ask(action, { milliseconds: 60_000 });
    expect(answer).toMatchObject({
      error: { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${answer.requestId} Error: Task timed out after 0.30 seconds` },
    });
    expect(await ask('count')).toMatchObject({ payload: 1 });
  });

  test('after the answer gives the next invocation a new environment, and has no other effect', async () => {
    const { ask } = start();
    expect(await ask('late')).toMatchObject({ payload: 'fine' });
    await new Promise((done) => setTimeout(done, 200));
    expect(await ask('count')).toMatchObject({ payload: 1 });
  });

  test.each([
    ['broken.handler', 'no-such-package'],
    ['missing.handler', "there is no missing.mjs in the function's code"],
    ['index.main', 'index exports no function main'],
  ])('to load %s names the reason, every time', async (handler, reason) => {
    const { ask, lines } = start({ handler });
    for (const _ of [1, 2])
      expect(await ask('count')).toMatchObject({ ok: false, error: { errorMessage: expect.stringContaining(reason) } });
    expect(lines[0]).toContain(reason);
  });

  test('is an event or a response that is too large', async () => {
    const { ask } = start();
    expect(await ask('count', { large: 'x'.repeat(7_000_000) })).toMatchObject({ error: { errorType: 'RequestTooLarge' } });
    expect(await ask('large')).toMatchObject({ error: { errorType: 'Function.ResponseSizeTooLarge' } });
  });

  test('of memory ends the environment, not this process', async () => {
    await writeFile(
      join(folder, 'hungry.mjs'),
      'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e6).fill({})); };',
    );
    const { ask } = start({ handler: 'hungry.handler', memoryMegabytes: 64, timeoutSeconds: 20 });
    expect(await ask('anything')).toMatchObject({
      error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('memory') },
    });
  });
});

describe('other code', () => {
  const otherFolder = async (name: string): Promise<string> => {
    const other = join(folder, name);
    await mkdir(other);
    await writeFile(join(other, 'index.mjs'), `let count = 0; export const handler = async () => ({ code: '${name}', count: ++count });`);
    return other;
  };

  test('runs in the next invocation, without state of the old code', async () => {
    const { ask, switchTo, settings } = start();
    expect(await ask('count')).toMatchObject({ payload: 1 });
    switchTo({ ...settings, codeFolder: await otherFolder('other') });
    expect(await ask('count')).toMatchObject({ payload: { code: 'other', count: 1 } });
    switchTo(settings);
    expect(await ask('count')).toMatchObject({ payload: 1 });
  });

  test('lets running invocations end in the old code, which then gets no more', async () => {
    const { ask, switchTo, settings } = start({ concurrency: 1 });
    const running = ask('wait', { milliseconds: 300 });
    await new Promise((done) => setTimeout(done, 100));
    const codeFolder = await otherFolder('third');
    switchTo({ ...settings, codeFolder });
    const next = ask('count');
    expect(await running).toMatchObject({ ok: true, payload: null });
    expect(await next).toMatchObject({ payload: { code: 'third', count: 1 } });
    await rm(codeFolder, { recursive: true });
    expect(await ask('count')).toMatchObject({ payload: { code: 'third', count: 2 } });
  });
});

test('a stopped function answers running and later invocations with an error', async () => {
  const { ask, stop, lines } = start();
  const running = ask('wait', { milliseconds: 60_000 });
  await new Promise((done) => setTimeout(done, 300));
  await stop();
  expect(await running).toMatchObject({ ok: false });
  expect(await ask('count')).toMatchObject({ ok: false });
  expect(lines).toEqual([]);
});

test('a stopped function starts no thread, neither for waiting nor for later invocations', async () => {
  const portsBefore = openPorts();
  const { ask, stop } = start({ concurrency: 1 });
  const all = [ask('wait', { milliseconds: 60_000 }), ask('count'), ask('count')];
  await new Promise((done) => setTimeout(done, 300));
  await stop();
  for (const answer of [...(await Promise.all(all)), await ask('count')]) expect(answer).toMatchObject({ ok: false });
  expect(openPorts()).toBe(portsBefore);
});

/** Each thread that runs holds ports of messages, and keeps the process alive by them. */
const openPorts = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length;
