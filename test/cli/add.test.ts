import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toAsyncApi } from '../../adapters/openapi/asyncapi.ts';
import { domain as shop } from '../domain/index.ts';

/** In the repository, so that `foldstream` is this very package. */
const local = join(process.cwd(), '.local');
let service: string;
beforeAll(() => {
  mkdirSync(local, { recursive: true });
  service = mkdtempSync(join(local, 'add-'));
  cpSync('cli/new/template/domain', join(service, 'domain'), { recursive: true });
});
afterAll(() => rmSync(service, { recursive: true }));

const foldstream = (...args: readonly string[]): { readonly code: number | null; readonly said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(process.cwd(), 'cli/main.ts'), ...args], {
    cwd: service,
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
};
const added = (line: string): void => {
  const { code, said } = foldstream('add', ...line.split(' '));
  if (code !== 0) throw new Error(said);
};
const contents = (): readonly string[] => readdirSync(join(service, 'domain'), { recursive: true, encoding: 'utf8' }).toSorted();
/** The AsyncAPI document of the tests' shop, in a file. */
const shopDocument = (): string => {
  const file = join(service, 'shop.json');
  writeFileSync(file, JSON.stringify(toAsyncApi(shop)));
  return file;
};
const registry = (): string => readFileSync(join(service, 'domain/index.ts'), 'utf8');

test('members of each kind are added, with their tests and their lines of the registry', () => {
  for (const line of [
    'aggregate loyaltyAccount',
    'projection account-list --of loyaltyAccount',
    'saga welcome --of task --sends loyaltyAccount.AddLoyaltyAccount',
    'saga follow-up --of loyaltyAccount',
    'reaction open-account --of task --sends loyaltyAccount.AddLoyaltyAccount',
    'schedule nightly --sends loyaltyAccount.AddLoyaltyAccount',
    'webhook my-bank --sends loyaltyAccount.AddLoyaltyAccount',
    'calls letter-shop --of task',
    'reminder remind-account --of task --sends loyaltyAccount.AddLoyaltyAccount',
    `inbox shop --from ${shopDocument()} --events OrderPlaced.v1,OrderCancelled.v1 --sends task.AddTask`,
  ])
    added(line);
  expect(contents()).toEqual(
    expect.arrayContaining([
      'letter-shop/calls.ts',
      'letter-shop/letter-shop.test.ts',
      'loyalty-account/account-list.test.ts',
      'loyalty-account/account-list.ts',
      'loyalty-account/decider.ts',
      'loyalty-account/events.ts',
      'loyalty-account/loyalty-account.test.ts',
      'my-bank/my-bank.test.ts',
      'my-bank/webhook.ts',
      'nightly/nightly.test.ts',
      'nightly/schedule.ts',
      'open-account/open-account.test.ts',
      'open-account/reaction.ts',
      'shop/inbox.ts',
      'shop/publisher.json',
      'shop/shop.test.ts',
      'welcome/saga.ts',
      'welcome/welcome.test.ts',
    ]),
  );
  expect(registry()).toContain('deciders: [task, loyaltyAccount]');
  expect(registry()).toContain('projections: [taskSummary, accountList]');
  expect(registry()).toContain('sagas: [welcome, followUp]');
  expect(registry()).toContain('reactions: [openAccount]');
  expect(registry()).toContain('schedules: [nightly]');
  expect(registry()).toContain('webhooks: [myBank]');
  expect(registry()).toContain('calls: [letterShop]');
  expect(registry()).toContain('reminders: [remindAccount]');
  expect(registry()).toContain('inboxes: [shop]');
  expect(foldstream('schemas').code).toBe(0);
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--config',
      JSON.stringify({ ...settings(), rootDir: service }),
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
});

/** Those of this repository, without the engine. */
const settings = (): object => ({
  testMatch: ['<rootDir>/**/*.test.ts'],
  testEnvironmentOptions: { customExportConditions: ['foldstream-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      join(process.cwd(), 'node_modules/@swc/jest'),
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
});

describe('refused, with nothing written:', () => {
  test.each([
    ['a name that is there', 'aggregate task', 1, 'is there already'],
    ['a name that no aggregate can have', 'aggregate loyalty-account', 2, 'written like'],
    ['a word of the language', 'aggregate class', 2, 'has that word'],
    ['a path of the API', 'projection streams --of task', 1, 'first word of the API'],
    ['a projection of no aggregate', 'projection list', 2, '--of'],
    ['a projection of an aggregate that is not there', 'projection list --of nobody', 2, 'task'],
    ['a command that is not there', 'saga other --of task --sends task.Sleep', 2, 'task.AddTask'],
    ['a reaction that sends nothing', 'reaction other --of task', 2, '--sends'],
    ['a reaction to nobody', 'reaction other --sends task.AddTask', 2, 'to whose events'],
    ['a webhook that sends nothing', 'webhook other', 2, '--sends'],
    ['calls for nobody', 'calls other', 2, 'whose events cause the calls'],
    ['an inbox of no sender', 'inbox other --sends task.AddTask', 2, '--from'],
    ['an inbox of a file that is not there', 'inbox other --from nothing.json --sends task.AddTask', 2, 'there is no such file'],
    ['another kind', 'table guest', 2, 'cannot be added'],
    ['an option that is not there', 'aggregate guest --now', 2, '--now'],
    ['two names', 'aggregate guest booking', 2, '--help'],
  ])('%s', (_title, line, code, says) => {
    const before = [contents(), registry()];
    const refused = foldstream('add', ...line.split(' '));
    expect(refused).toEqual({ code, said: expect.stringContaining(says) });
    expect([contents(), registry()]).toEqual(before);
  });
});

test('a new service is written into an empty folder only, and its template has what it needs', () => {
  expect(foldstream('new', 'domain', '--no-install')).toEqual({ code: 1, said: expect.stringContaining('is not empty') });
  expect(foldstream('new', 'Not_A_Name', '--no-install')).toEqual({ code: 1, said: expect.stringContaining('cannot be the name') });
  expect(foldstream('new')).toEqual({ code: 2, said: expect.stringContaining('FOLDER') });
  const { code, said } = foldstream('new', 'shop', '--no-install', '--from', '1.2.3');
  expect([code, said]).toEqual([0, expect.stringContaining('shop is ready')]);
  for (const file of [
    '.gitignore',
    '.editorconfig',
    '.github/workflows/ci.yml',
    'biome.json',
    'cdk.json',
    'jest.config.js',
    'tsconfig.json',
  ])
    expect([file, existsSync(join(service, 'shop', file))]).toEqual([file, true]);
  const manifest = JSON.parse(readFileSync(join(service, 'shop/package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'shop', dependencies: { foldstream: '1.2.3', zod: expect.stringMatching(/^\d/) } });
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});
