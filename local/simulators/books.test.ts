import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineSimulator } from '../../core/calls/simulator.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { type Due, openBooks } from './books.ts';
import { openJournal } from './journal.ts';

const till = defineDecider({
  name: 'till',
  commands: { Ring: z.object({ times: z.int() }) },
  events: {},
  initialState: () => ({}),
  decide: { Ring: () => [] },
  evolve: {},
});
/** Counts, and has it rung so often, ten seconds later. */
const bell = defineSimulator({
  name: 'bell',
  answers: till,
  initialState: () => 0,
  take: (count, { what, body }) => {
    if (what !== 'POST /ring') return { state: -1, status: 404, body: {} };
    const times = (body as { readonly times: number }).times;
    return {
      state: count + times,
      status: 200,
      body: { count: count + times },
      sends: [{ afterSeconds: 10, id: 'a', command: { type: 'Ring', data: { times } } }],
    };
  },
  tell: (count) => ({ status: 200, body: { count } }),
  hint: () => '',
});

const folder = mkdtempSync(join(tmpdir(), 'foldstream-books-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'sub', 'bell.jsonl');
let due: Due[];
const open = () => openBooks({ simulator: bell, journal: openJournal(file), timeScale: 0.1, onDue: (one) => void due.push(one) });
beforeEach(() => {
  due = [];
  rmSync(file, { force: true });
});
const ring = (times: number) => ({ what: 'POST /ring', body: { times } });

test('after a restart taken requests are kept and due answers are due', () => {
  const books = open();
  const before = Date.now();
  books.take(ring(2), undefined);
  books.take(ring(3), 'k');
  expect(due.map(({ key, command }) => [key, command.data])).toEqual([
    ['bell/0/0', { times: 2 }],
    ['bell/1/0', { times: 3 }],
  ]);
  expect(due[0]?.at).toBeGreaterThanOrEqual(before + 1000); // Ten seconds, ten times as fast.
  expect(due[0]?.at).toBeLessThanOrEqual(Date.now() + 1000);
  due[0]?.done();

  const again = open();
  expect(again.tell('/').body).toEqual({ count: 5 });
  expect(again.due).toEqual([{ ...due[1], done: expect.any(Function) }]);
  again.due[0]?.done();
  expect(open().due).toEqual([]);
});

test('a key stands for one request, after a restart, too; another request under it is refused', () => {
  const first = open();
  expect(first.take(ring(2), 'k')).toEqual({ status: 200, body: { count: 2 } });
  for (const books of [first, open()]) {
    expect(books.take(ring(2), 'k')).toEqual({ status: 200, body: { count: 2 } });
    expect(books.take(ring(3), 'k').status).toBe(422);
    expect(books.tell('/').body).toEqual({ count: 2 });
  }
  expect(due).toHaveLength(1);
});

test('a refused request has no effect, and may be sent again', () => {
  const books = open();
  expect(books.take({ what: 'POST /song', body: {} }, 'k').status).toBe(404);
  expect(books.take(ring(1), 'k').status).toBe(200);
  expect(open().tell('/').body).toEqual({ count: 1 });
});

test('half a line, left by a killed process, is ignored', () => {
  open().take(ring(1), 'a');
  appendFileSync(file, '{"type":"took","at":"2026-');
  const books = open();
  expect(books.tell('/').body).toEqual({ count: 1 });
  books.take(ring(1), 'b');
  expect(open().tell('/').body).toEqual({ count: 2 });
});
