import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { type FileImport, importFile } from '../../cli/import/import-file.ts';
import { beginning } from '../../cli/import/lines.ts';
import { mapped } from '../../core/import/mapping.ts';
import { mapping } from '../../examples/fines/mapping.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { faultyClient } from '../support/faults.ts';
import { recorderOn } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

let table: string;
beforeEach(async () => {
  table = await createEventsTable();
});

const now = () => new Date();
const importInto = (file: string, options: Partial<FileImport> = {}, client: DynamoDBDocumentClient = engineClient()) => {
  const record = recorderOn(dynamoEventStore({ client, table, names: '', now }), tailCache({ maxEntries: 20, maxBytes: 1024 * 1024 }));
  return importFile({ file, format: mapped(mapping), record, concurrency: 4, from: beginning, ...options });
};
const write = (lines: readonly string[], name = 'history.jsonl'): string => {
  const file = join(folder, name);
  const text = `${lines.join('\n')}\n`;
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
};

const at = (day: number) => new Date(Date.UTC(2006, 0, day, 23)).toISOString();
const created = (fine: number, day: number) =>
  JSON.stringify({
    ...{ fine: `F${fine}`, activity: 'Create Fine', at: at(day), amount: 35.5, officer: '541', dismissal: 'NIL' },
    ...{ vehicleClass: 'A', totalPaymentAmount: 0, article: 157, points: 0 },
  });
const sent = (fine: number, day: number) => JSON.stringify({ fine: `F${fine}`, activity: 'Send Fine', at: at(day), expense: 11.41 });
const paid = (fine: number, day: number, amount: number, total: number) =>
  JSON.stringify({ fine: `F${fine}`, activity: 'Payment', at: at(day), paymentAmount: amount, totalPaymentAmount: total });

const fines = Array.from({ length: 10 }, (_, index) => index + 1);
const lines = [
  ...fines.map((fine) => created(fine, 1)),
  ...fines.map((fine) => sent(fine, 2)),
  ...fines.map((fine) => paid(fine, 2, 35.5, 35.5)),
  ...fines.map((fine) => paid(fine, 4, 11.41, 46.91)),
];
const types = ['FineCreated', 'FineSent', 'PaymentReceived', 'PaymentReceived'];
const times = [at(1), at(2), at(2), at(4)];

/** Every fine has all its events, once each, in order and with their times. */
const expectAllIn = async (): Promise<void> => {
  for (const fine of fines) {
    const items = await storedItems(table, { aggregate: 'fine', id: `F${fine}` });
    expect(items.flatMap((item) => item.types)).toEqual(types);
    expect(items.map((item) => item.at)).toEqual(times);
  }
};

const allNew = { lines: lines.length, recorded: lines.length, wereThere: 0, streams: fines.length, leftOut: 0, movedLater: 0 };
const noneNew = { ...allNew, recorded: 0, wereThere: lines.length };

test.each(['history.jsonl', 'history.jsonl.gz'])('a file is imported by one run, and a second one changes nothing (%s)', async (name) => {
  const file = write(lines, name);
  const first = await importInto(file);
  expect(first).toMatchObject({ tally: allNew, reached: { line: lines.length } });
  expect(first).not.toHaveProperty('error');
  expect(first.tally.byType).toContainEqual({ type: 'PaymentReceived', recorded: 2 * fines.length, wereThere: 0 });
  await expectAllIn();
  expect(await importInto(file)).toMatchObject({ tally: noneNew, reached: { line: lines.length } });
  await expectAllIn();
});

test.each([1, 19, 39])('an import killed at request %i continues from its checkpoint, or from the start', async (request) => {
  const file = write(lines);
  for (const fault of ['a crash before', 'a crash after'] as const) {
    table = await createEventsTable();
    const killed = await importInto(file, {}, faultyClient({ fault, at: request }).client);
    expect(killed.error).toBeInstanceOf(Error);
    const resumed = await importInto(file, { from: killed.reached });
    expect(resumed).toMatchObject({ reached: { line: lines.length }, tally: { lines: lines.length - killed.reached.line } });
    await expectAllIn();
    expect((await importInto(file)).tally).toMatchObject(noneNew);
  }
});

test('a stopped import finishes the lines that it began, and begins no others', async () => {
  const stopping = new AbortController();
  const onLine = (done: number) => done === 15 && stopping.abort();
  const long = [...lines, ...fines.map((fine) => paid(fine, 5, 1, 50))].flatMap((line) => [line, ...Array<string>(9).fill('')]);
  const file = write(long);
  const stopped = await importInto(file, { signal: stopping.signal, onLine, concurrency: 1 });
  expect(stopped.error).toMatchObject({ name: 'AbortError' });
  expect(stopped.reached.line).toBe(stopped.tally.lines);
  expect(stopped.reached.line).toBeLessThan(long.length);
  expect(await importInto(file, { from: stopped.reached })).toMatchObject({ reached: { line: long.length } });
  expect((await importInto(file)).tally).toMatchObject({ recorded: 0, wereThere: 50, leftOut: 450 });
});

test('an unreadable line ends the import: all lines before it are recorded, and none after it', async () => {
  const file = write([...lines.slice(0, 25), '{"fine":"F1"}', ...lines.slice(25)]);
  const { error, reached, tally } = await importInto(file);
  expect(error).toMatchObject({ message: expect.stringMatching(`^${file}:26: the line: activity: `) });
  expect(reached.line).toBe(25);
  expect(tally).toMatchObject({ lines: 25, recorded: 25 });
});

test('an event that the store refuses ends the import, and the error names its line', async () => {
  await importInto(write(lines.slice(0, 1)));
  const other = lines[0]?.replace('35.5', '36') ?? '';
  const { error, reached } = await importInto(write([...lines.slice(1, 3), other]));
  expect(error).toMatchObject({
    message: `${join(folder, 'history.jsonl')}:3: 'register/FineCreated' was recorded on fine-F1 with other events`,
  });
  expect(reached.line).toBe(2);
});

test('a stream that has a later event already keeps it, and the times that were moved are counted', async () => {
  await importInto(write([created(1, 1), sent(1, 20)]));
  const { tally } = await importInto(write([created(1, 1), paid(1, 3, 1, 1), paid(1, 21, 1, 2)]));
  expect(tally).toMatchObject({ recorded: 2, wereThere: 1, movedLater: 1 });
  const items = await storedItems(table, { aggregate: 'fine', id: 'F1' });
  expect(items.map((item) => item.at)).toEqual([at(1), at(20), at(20), at(21)]);
});
