import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { claimFolder } from '../../local/data-folder.ts';
import { type System, type SystemOptions, startSystem } from '../../local/system.ts';
import { startChild } from './child-system.ts';
import { enginesOn } from './engines.ts';
import { smallStack, writeAssembly } from './small-app.ts';

const endpointOfTheRun = process.env['DYNAMODB_ENDPOINT'] ?? '';
let work: string;
let assemblyFolder: string;
let dataFolder: string;
let lines: string[];
const running: System[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'system-'));
  assemblyFolder = join(work, 'assembly');
  await writeAssembly(assemblyFolder);
});
beforeEach(async () => {
  process.env['DYNAMODB_ENDPOINT'] = '';
  dataFolder = await mkdtemp(join(work, 'data-'));
  lines = [];
});
afterEach(async () => {
  for (const system of running.splice(0)) await system.stop();
});
afterAll(() => rm(work, { recursive: true, force: true }));

const start = async (options: Partial<SystemOptions> = {}): Promise<System> => {
  const system = await startSystem({ port: 0, dataFolder, assemblyFolder, log: (line) => lines.push(line), ...options });
  running.push(system);
  return system;
};

/** On the engine of the test run, which is there already; nothing is kept. */
const startPassing = (options: Partial<SystemOptions> = {}): Promise<System> => {
  process.env['DYNAMODB_ENDPOINT'] = endpointOfTheRun;
  return start({ dataFolder: undefined, ...options });
};

const write = async ({ url }: Pick<System, 'url'>, id: string) => (await fetch(`${url}/write/${id}`, { method: 'POST' })).status;

/** Waits until the read model has it. */
const seen = async ({ url }: System, ...ids: string[]): Promise<void> => {
  for (const id of ids) while ((await fetch(`${url}/seen/${id}`)).status !== 200) await setTimeout(20);
};
const isSeen = async ({ url }: System, id: string) => (await fetch(`${url}/seen/${id}`)).status === 200;

const discarded = async (): Promise<readonly { payload: string }[]> => {
  const files = await readdir(join(dataFolder, 'buckets/Discarded'), { recursive: true, withFileTypes: true });
  const documents = files.filter((file) => file.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'));
  return (await Promise.all(documents)).map((text) => JSON.parse(text));
};

describe('a system', () => {
  test('brings recorded events through the stream to the read side', async () => {
    const system = await startPassing();
    expect(await write(system, 'a')).toBe(200);
    await seen(system, 'a');
    expect((await fetch(`${system.url}/nowhere`)).status).toBe(404);
  });

  test('continues from where it was stopped', async () => {
    const first = await start();
    await write(first, 'a');
    await seen(first, 'a');
    await first.stop();
    const second = await start();
    expect(await isSeen(second, 'a')).toBe(true);
    await write(second, 'b');
    await seen(second, 'b');
    expect(enginesOn(dataFolder)).toHaveLength(1);
    await second.stop();
    expect(enginesOn(dataFolder)).toEqual([]);
  });

  test('delivers after a kill the records that were not delivered before, and leaves no engine behind', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
    const child = await startChild({ port: 0, dataFolder, assemblyFolder });
    expect(new Set(await Promise.all(ids.slice(0, 40).map((id) => write(child, id))))).toEqual(new Set([200]));
    const rest = Promise.allSettled(ids.slice(40).map((id) => write(child, id)));
    child.process.kill('SIGKILL');
    const answered = (await rest).flatMap((result, index) =>
      result.status === 'fulfilled' && result.value === 200 ? [ids[40 + index] as string] : [],
    );
    const system = await start(); // At once: the old engine may still be on its way out.
    await seen(system, ...ids.slice(0, 40), ...answered);
    expect(enginesOn(dataFolder)).toHaveLength(1);
  });

  test('parks only the poisoned stream, after its retries', async () => {
    const system = await start();
    for (const id of ['a', 'poison', 'b', 'skipped', 'c']) await write(system, id);
    await seen(system, 'a', 'b', 'c');
    const [document, ...more] = await discarded();
    expect(more).toEqual([]);
    expect(document).toMatchObject({ requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: expect.any(Number) } });
    expect(JSON.parse(document?.payload ?? '').Records).toMatchObject([{ dynamodb: { Keys: { id: { S: 'poison' } } } }]);
    expect(lines.filter((line) => line.includes('gave up'))).toEqual([
      expect.stringContaining('Follow │ gave up 1 records (RetryAttemptsExhausted), now in '),
    ]);
    expect(await isSeen(system, 'skipped')).toBe(false);
  });

  test('names a function that crashed, and continues to serve', async () => {
    const system = await startPassing();
    expect(await write(system, 'crash')).toBe(500);
    expect(lines).toEqual(["Write │ failed: Runtime.ExitError: the function's process ended: exit status 1"]);
    expect(await write(system, 'a')).toBe(200);
  });

  test('survives chaos', async () => {
    const system = await startPassing({ chaosSeed: 7 });
    const ids = Array.from({ length: 50 }, (_, index) => `id-${index}`);
    await Promise.all(ids.map((id) => write(system, id)));
    await seen(system, ...ids);
  });

  test('reports that it is broken when its engine ends', async () => {
    const system = await start();
    process.kill(enginesOn(dataFolder)[0] as number, 'SIGKILL');
    expect(await system.broken).toBe('the DynamoDB engine ended');
  });
});

describe('its data', () => {
  test('are used by one system at a time', async () => {
    await start();
    await expect(start()).rejects.toThrow(`Another system runs on ${dataFolder}`);
    expect(enginesOn(dataFolder)).toHaveLength(1);
  });

  test('are removed by a fresh start', async () => {
    const first = await start();
    for (const id of ['a', 'poison']) await write(first, id);
    await seen(first, 'a');
    while ((await discarded()).length === 0) await setTimeout(50);
    await first.stop();
    const second = await start({ fresh: true });
    expect([await isSeen(second, 'a'), await discarded()]).toEqual([false, []]);
  });

  test('may be kept in memory only', async () => {
    const system = await start({ dataFolder: undefined });
    await write(system, 'a');
    await seen(system, 'a');
  });

  test('may be in memory only, and the tools of the command line find the system until it stops', async () => {
    const toolsFolder = join(work, 'memory-1');
    const system = await startPassing({ toolsFolder });
    const facts = JSON.parse(await readFile(join(toolsFolder, 'system.json'), 'utf8'));
    expect(facts).toMatchObject({ url: system.url, endpoint: endpointOfTheRun, process: process.pid, isKept: false });
    await system.stop();
    expect(existsSync(toolsFolder)).toBe(false);
  });

  test('are described to the tools of the command line until the system stops', async () => {
    const system = await start();
    const file = join(dataFolder, 'system.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ url: system.url, process: process.pid, isKept: true });
    await system.stop();
    expect([existsSync(file), existsSync(dataFolder)]).toEqual([false, true]);
  });

  test('follow the template: a new table is created', async () => {
    await (await start()).stop();
    const folder = join(work, 'changed');
    await writeAssembly(folder, { ...smallStack, More: smallStack.Seen });
    await start({ assemblyFolder: folder });
  });
});

describe('on an external engine', () => {
  const tables = async () => {
    const client = new DynamoDBClient({
      endpoint: endpointOfTheRun,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    client.destroy();
    return TableNames.filter((name) => name.includes('small-'));
  };

  test('two systems that keep no data are separate, and leave no table behind', async () => {
    const [one, two] = [await startPassing(), await startPassing()];
    await write(one, 'a');
    await seen(one, 'a');
    expect(await isSeen(two, 'a')).toBe(false);
    expect(await tables()).toHaveLength(4);
    await Promise.all([one.stop(), two.stop()]);
    expect(await tables()).toEqual([]);
  });
});

describe('a start that cannot succeed leaves nothing behind', () => {
  test('on a taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`Port ${port} is taken: PORT=${port + 1} npm start moves the API.`);
    other.close();
    expect(enginesOn(dataFolder)).toEqual([]);
  });

  test.each<[string, object, string]>([
    [
      'an unknown type',
      { ...smallStack, Stream: { Type: 'AWS::Kinesis::Stream' } },
      'The local system cannot run Stream (AWS::Kinesis::Stream)',
    ],
    [
      'a setting that cannot be run',
      changedMapping({ ParallelizationFactor: 2 }),
      'Mapping (AWS::Lambda::EventSourceMapping): the local system knows a ParallelizationFactor of 1 only.',
    ],
    [
      'a property that is not known',
      changedMapping({ TumblingWindowInSeconds: 5 }),
      'the local system does not know the property TumblingWindowInSeconds.',
    ],
    [
      'a filter that is not known',
      changedMapping({ FilterCriteria: { Filters: [{ Pattern: '{"a":[{"cidr":"10.0.0.0/8"}]}' }] } }),
      '{"cidr":"10.0.0.0/8"}',
    ],
  ])('for %s', async (name, stack, message) => {
    const folder = join(work, name);
    await writeAssembly(folder, stack);
    await expect(start({ assemblyFolder: folder })).rejects.toThrow(message);
    expect(enginesOn(dataFolder)).toEqual([]);
    await (await claimFolder(dataFolder, { fresh: false })).release();
  });

  test('when it is cancelled', async () => {
    const abort = new AbortController();
    const starting = start({ signal: abort.signal, onStep: () => abort.abort() });
    await expect(starting).rejects.toThrow('abort');
    expect(enginesOn(dataFolder)).toEqual([]);
  });
});

function changedMapping(change: object): object {
  const { Mapping } = smallStack;
  return { ...smallStack, Mapping: { ...Mapping, Properties: { ...Mapping.Properties, ...change } } };
}
