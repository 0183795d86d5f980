import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

// What the compiler says of a mistake in a table: its text names the field, the command or the event.

const common = `import { defineDecider, defineProjection, defineSaga, versioned } from 'foldstream';
import * as z from 'zod';
const events = { Opened: z.object({}), Closed: z.object({ why: z.string() }) };
const door = {
  name: 'door', events, commands: { Open: z.object({}), Close: z.object({ why: z.string() }) },
  initialState: (): { readonly times: number } => ({ times: 0 }),
};
const decide = { Open: () => [], Close: () => [] };
const evolve = { Opened: (state: { readonly times: number }) => state, Closed: (state: { readonly times: number }) => state };
const document = z.object({ owner: z.string(), times: z.int(), tags: z.array(z.string()), isLocked: z.boolean() });
const view = {
  name: 'doors', revision: 1, events, document,
  initialState: (): z.output<typeof document> => ({ owner: '', times: 0, tags: [], isLocked: false }),
};
const decider = defineDecider({ ...door, decide, evolve });
const open = ({ id }: { id: string }) => ({ id, type: 'Open', data: {} }) as const;
const process = {
  name: 'process', context: z.object({ id: z.string() }), onAbort: { to: decider, send: open },
  startsOn: { of: decider, event: 'Opened', context: () => undefined } as const,
};
`;

const mistakes: Readonly<Record<string, { readonly code: string; readonly says: RegExp }>> = {
  'a field in excess in an event': {
    code: `defineDecider({ ...door, evolve, decide: { Open: () => [], Close: ({ why }) => [{ type: 'Closed', data: { why, extra: 1 } }] } });`,
    says: /'extra' is no field of the data of 'Closed'/,
  },
  'a field in excess in a state': {
    code: `defineDecider({ ...door, decide, evolve: { Opened: (state) => ({ ...state, typo: 1 }), Closed: (state) => state } });`,
    says: /'typo' is no field of the state/,
  },
  'a field in excess in a document': {
    code: `defineProjection({ ...view, evolve: { Opened: (doors) => ({ ...doors, typo: 1 }) } });`,
    says: /'typo' is no field of the document/,
  },
  'a field in excess in a command of a saga': {
    code: `defineSaga({ ...process, steps: { A: { to: decider, send: ({ id }) => ({ id, type: 'Close', data: { why: '', extra: 1 } }) } } });`,
    says: /'extra' is no field of the data of 'Close'/,
  },
  'a command without a row': {
    code: `defineDecider({ ...door, evolve, decide: { Open: () => [] } });`,
    says: /Property 'Close' is missing/,
  },
  'a misspelt command': {
    code: `defineDecider({ ...door, evolve, decide: { Open: () => [], Clse: () => [] } });`,
    says: /'Clse' does not exist in type .*Did you mean to write 'Close'\?/,
  },
  'a row for a command that there is not': {
    code: `defineDecider({ ...door, evolve, decide: { ...decide, Shut: () => [] } });`,
    says: /'Shut' is not a command of this decider/,
  },
  'an event without a row': {
    code: `defineDecider({ ...door, decide, evolve: { Opened: (state) => state } });`,
    says: /Property 'Closed' is missing/,
  },
  'a row for an event that there is not': {
    code: `defineDecider({ ...door, decide, evolve: { ...evolve, Shut: (state: { readonly times: number }) => state } });`,
    says: /'Shut' is not an event of this decider/,
  },
  'an index on a list': {
    code: `defineProjection({ ...view, indexes: { byTag: { partition: 'tags', sort: 'times' } }, evolve: {} });`,
    says: /'tags' cannot be a field of an index: it is neither a string nor a number/,
  },
  'an index on a truth value': {
    code: `defineProjection({ ...view, indexes: { byOwner: { partition: 'owner', sort: 'isLocked' } }, evolve: {} });`,
    says: /'isLocked' cannot be a field of an index: it is neither a string nor a number/,
  },
  'an index on a misspelt field': {
    code: `defineProjection({ ...view, indexes: { byOwner: { partition: 'ownr', sort: 'times' } }, evolve: {} });`,
    says: /'"ownr"' is not assignable .*Did you mean '"owner"'\?/,
  },
  'a step that waits for ever': {
    code: `defineSaga({ ...process, steps: { A: { to: decider, send: open, awaits: { Opened: 'proceed' }, undo: 'nothing' } } });`,
    says: /Property 'timeoutSeconds' is missing/,
  },
  'a step that awaits nothing, with a timeout': {
    code: `defineSaga({ ...process, steps: { A: { to: decider, send: open, timeoutSeconds: 1, undo: 'nothing' } } });`,
    says: /a step that awaits nothing has no timeoutSeconds/,
  },
  'a misspelt command of a saga': {
    code: `defineSaga({ ...process, steps: { A: { to: decider, send: ({ id }) => ({ id, type: 'Opn', data: {} }) } } });`,
    says: /'"Opn"' is not assignable to type '"Open"'/,
  },
  'an upcaster that is missing': {
    code: `versioned(document, { 2: { from: document, to: (old) => old } });`,
    says: /Property '1' is missing/,
  },
  'an upcaster that leaves a field out': {
    code: `versioned(document, { 1: { from: document, to: ({ owner, ...old }) => old } });`,
    says: /Property 'owner' is missing/,
  },
  'a misspelt event that is awaited': {
    code: `defineSaga({ ...process, steps: { A: { to: decider, send: open, awaits: { Opend: 'proceed' }, timeoutSeconds: 1, undo: 'nothing' } } });`,
    says: /'Opend' does not exist in type/,
  },
};

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (title: string): string => `${title.replaceAll(' ', '-')}.ts`;
let said = '';
beforeAll(() => {
  for (const [title, { code }] of Object.entries(mistakes)) writeFileSync(join(folder, fileOf(title)), `${common}${code}\n`);
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const paths = { foldstream: [resolve('core/define.ts')] };
  const compilerOptions = { paths, noErrorTruncation: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, include: ['*.ts'] }));
  const tsc = [resolve('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'];
  said = spawnSync(process.execPath, tsc, { encoding: 'utf8', cwd: folder }).stdout;
});

/** The compiler's texts of one file: each begins with its place, and the lines below belong to it. */
const textsOf = (file: string): readonly string[] => said.split(/\n(?=\S)/).filter((text) => text.startsWith(`${file}(`));

test.each(Object.entries(mistakes))('%s is told by name', (title, { says }) => {
  const texts = textsOf(fileOf(title));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(says);
});

test('nothing else is wrong', () => {
  const files = Object.keys(mistakes).map(fileOf);
  expect(said.split(/\n(?=\S)/).filter((text) => text.trim() !== '' && !files.some((file) => text.startsWith(`${file}(`)))).toEqual([]);
});
