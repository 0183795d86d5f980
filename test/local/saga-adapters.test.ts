import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stepFunctionsCensus } from '../../adapters/sagas/step-functions-census.ts';
import {
  executionName,
  stepFunctionsExecutions,
  stepFunctionsLook,
  stepFunctionsOperator,
  stepFunctionsStarts,
  stepFunctionsStops,
} from '../../adapters/sagas/step-functions-sagas.ts';
import { createServices, type Services } from '../../local/http/aws-json.ts';
import type { Json } from '../../local/machines/happening.ts';
import { loadInterpreter } from '../../local/machines/interpreter.ts';
import { createMachine, type Machine } from '../../local/machines/machine.ts';
import { stepFunctions } from '../../local/machines/operations.ts';

// The adapters of sagas, with the SDK as it is, against the state machines of this machine.

let services: Services;
let folder: string;
let machine: Machine;
let client: SFNClient;
const told: { token: string; execution: string }[] = [];
const arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:small';

const asking = {
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'one', Payload: { 'token.$': '$$.Task.Token', 'execution.$': '$$.Execution.Name' } },
      ResultPath: null,
      Catch: [{ ErrorEquals: ['Aborted'], ResultPath: '$.failed.Ask', Next: 'Aborted' }],
      End: true,
    },
    Aborted: { Type: 'Succeed' },
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sagas-'));
  services = await createServices();
  const invoke = async (_: unknown, input: Json) => {
    told.push((input as unknown as { Payload: (typeof told)[number] }).Payload);
    return { output: null };
  };
  const interpreter = await loadInterpreter();
  machine = createMachine({ arn, name: 'small', definition: asking, folder, interpreter, invoke, timeScale: 1, onFailure: () => {} });
  for (const [target, operation] of stepFunctions(new Map([[arn, machine]]))) services.operations.set(target, operation);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SFNClient({ endpoint: services.url, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await services.close();
  await machine.suspend();
  await rm(folder, { recursive: true, force: true });
});

const machines = { small: arn };
const inputOf = (id: string) => ({ event: `order-${id}@1`, correlationId: 'c', context: { id } });
const tokenOf = async (id: string): Promise<string> => {
  for (;;) {
    const found = told.find(({ execution }) => execution === executionName('small', `order-${id}@1`));
    if (found !== undefined) return found.token;
    await setTimeout(1);
  }
};
const look = (id: string) => stepFunctionsLook({ client, machines }).of('small', `order-${id}@1`);
const ended = async (id: string) => {
  for (;;) {
    const found = await look(id);
    if (found?.status !== 'RUNNING') return found;
    await setTimeout(1);
  }
};

test('an input of more than 256 KB starts nothing, and neither is an output of more taken', async () => {
  const input = (length: number) => JSON.stringify({ id: 'x'.repeat(length - '{"id":""}'.length) });
  const start = (name: string, length: number) =>
    client.send(new StartExecutionCommand({ stateMachineArn: arn, name, input: input(length) }));
  await start('longest', 256 * 1024);
  await expect(start('longer', 256 * 1024 + 1)).rejects.toMatchObject({ name: 'ValidationException' });
  const output = JSON.stringify('x'.repeat(256 * 1024));
  await expect(client.send(new SendTaskSuccessCommand({ taskToken: 't', output }))).rejects.toMatchObject({ name: 'ValidationException' });
});

describe('a saga', () => {
  test('is started once, however often it is requested: while it runs, after its end, and with an input of the same event', async () => {
    const { start } = stepFunctionsStarts({ client, machines });
    await Promise.all([start('small', inputOf('a')), start('small', inputOf('a'))]);
    await stepFunctionsExecutions({ client }).answer(await tokenOf('a'), { proceed: true });
    await ended('a');
    await start('small', inputOf('a'));
    expect(machine.executions().filter(({ input }) => (input as { event: string }).event === 'order-a@1')).toHaveLength(1);
    expect(told.filter(({ execution }) => execution === executionName('small', 'order-a@1'))).toHaveLength(1);
  });

  test('that release 0.2.0 started is found by its event, and the event that comes again starts no second run', async () => {
    const { answer } = stepFunctionsExecutions({ client });
    const name = 'small-524c9a04f6456fd8f60699e2d7083e93'; // As that release computed it. It must stay so for ever.
    await client.send(new StartExecutionCommand({ stateMachineArn: arn, name, input: JSON.stringify(inputOf('old')) }));
    expect(await look('old')).toMatchObject({ name, status: 'RUNNING', input: inputOf('old') });
    const { start } = stepFunctionsStarts({ client, machines });
    await start('small', inputOf('old'));
    await answer(await tokenOf('old'), { proceed: true });
    expect(await ended('old')).toMatchObject({ name, status: 'SUCCEEDED' });
    await start('small', inputOf('old'));
    expect(machine.executions().filter(({ input }) => (input as { event: string }).event === 'order-old@1')).toHaveLength(1);
  });

  test('continues with the first answer, and ignores the others', async () => {
    const { answer } = stepFunctionsExecutions({ client });
    await stepFunctionsStarts({ client, machines }).start('small', inputOf('b'));
    const token = await tokenOf('b');
    await answer(token, { proceed: true });
    await answer(token, { abort: 'too late' });
    expect(await ended('b')).toMatchObject({ status: 'SUCCEEDED', output: inputOf('b') });
    await answer(token, { proceed: true });
    await answer('no token at all', { proceed: true });
  });

  test('aborts with the reason', async () => {
    await stepFunctionsStarts({ client, machines }).start('small', inputOf('c'));
    await stepFunctionsExecutions({ client }).answer(await tokenOf('c'), { abort: 'no money' });
    const found = await ended('c');
    expect(found).toMatchObject({ status: 'SUCCEEDED', output: { failed: { Ask: { Error: 'Aborted', Cause: 'no money' } } } });
    expect(found?.moments.map(({ state, is }) => `${state} ${is}`)).toEqual(['Ask entered', 'Ask left', 'Aborted entered', 'Aborted left']);
  });

  test('is counted by its revision, while it is under way or stopped, until it has ended well', async () => {
    const census = (days = 0) =>
      stepFunctionsCensus({ client, machines, now: () => new Date(Date.now() + days * 24 * 3600 * 1000) }).of('small');
    const of = (all: Awaited<ReturnType<typeof census>>, revision: number) => all.find((one) => one.revision === revision);
    const before = of(await census(), 1) ?? { running: 0, stopped: 0 };
    const { start } = stepFunctionsStarts({ client, machines });
    await start('small', inputOf('r1'));
    for (const id of ['r2', 'r3', 'r4']) await start('small', { ...inputOf(id), revision: 2 });
    await stepFunctionsExecutions({ client }).answer(await tokenOf('r2'), { proceed: true });
    await ended('r2');
    await stepFunctionsStops({ client, machines }).stop({ saga: 'small', execution: executionName('small', 'order-r3@1'), why: 'why' });
    expect(await ended('r3')).toMatchObject({ status: 'ABORTED', error: 'UnknownDefinition: why' });
    expect(of(await census(), 1)).toEqual({ revision: 1, running: before.running + 1, stopped: before.stopped });
    expect(of(await census(), 2)).toEqual({ revision: 2, running: 1, stopped: 1 });
    expect(of(await census(15), 2)).toEqual({ revision: 2, running: 1, stopped: 0 }); // It can no longer be continued.
    expect((await census()).map(({ revision }) => revision)).toEqual([1, 2]);
  });

  test('that is stopped is continued where it was, and one that is not there is not stopped', async () => {
    const { stop } = stepFunctionsStops({ client, machines });
    await stepFunctionsStarts({ client, machines }).start('small', inputOf('s'));
    const first = await tokenOf('s');
    const execution = executionName('small', 'order-s@1');
    for (const _ of [1, 2]) await stop({ saga: 'small', execution, why: 'no such step' });
    await stepFunctionsExecutions({ client }).answer(first, { abort: 'too late' });
    expect(await look('s')).toMatchObject({ status: 'ABORTED' });
    await stepFunctionsOperator({ client, machines }).takeUp('small', execution);
    const again = () => told.filter((one) => one.execution === execution);
    while (again().length < 2) await setTimeout(1);
    await stepFunctionsExecutions({ client }).answer(again()[1]?.token ?? '', { proceed: true });
    expect(await ended('s')).toMatchObject({ status: 'SUCCEEDED' });
    await stop({ saga: 'small', execution: 'nothing', why: 'no such step' });
    await expect(stop({ saga: 'large', execution, why: '' })).rejects.toThrow("there is no saga 'large'");
  });

  test('tells its machine what the code does not know', async () => {
    await stepFunctionsStarts({ client, machines }).start('small', inputOf('u'));
    await stepFunctionsExecutions({ client }).answer(await tokenOf('u'), { unknown: 'this release has no step' });
    expect(await ended('u')).toMatchObject({ status: 'FAILED', error: 'UnknownDefinition: this release has no step' });
  });

  test('that was not started is not found', async () => expect(await look('nobody')).toBeUndefined());

  test('with a long name gets a name that Step Functions accepts', () => {
    expect(executionName('s'.repeat(100), `order-${'x'.repeat(128)}@1`).length).toBeLessThanOrEqual(80);
  });
});
