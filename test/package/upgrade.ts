import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { npmStart, run } from './processes.ts';

const json = { 'content-type': 'application/json' };

const post = async (url: string, path: string, data: object): Promise<string> => {
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: { ...json, 'idempotency-key': path },
    body: JSON.stringify(data),
  });
  const answer = await response.text();
  assert.equal(response.status, 200, `POST /${path}: ${answer}`);
  return answer;
};

const commands: Readonly<Record<string, object>> = {
  'guest/ada/AddGuest': { title: 'Ada' },
  'booking/7/AddBooking': { title: 'Two nights' },
  'booking/8/AddBooking': { title: 'One night' },
  'booking/8/CloseBooking': { reason: 'ill' },
  'task/2/AddTask': { title: 'Make the beds' },
};

const reads = [
  'streams/guest/ada',
  'streams/booking/8',
  'streams/task/2/state',
  'booking-list/8',
  'booking-history/7',
  'guest-list/ada',
  'loyalty-balance/7',
  'task-summary/2',
  'sagas/arrival/7',
];

type Answers = Readonly<Record<string, string>>;

const answersOf = async (url: string, paths: readonly string[]): Promise<Answers> => {
  const entries = paths.map(async (path) => {
    const response = await fetch(`${url}/${path}`);
    return [path, `${response.status} ${response.headers.get('etag')} ${await response.text()}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

/** The sagas are over and the read models have everything, when all of it is answered, and twice alike. */
const settled = async (url: string): Promise<Answers> => {
  const deadline = Date.now() + 180_000;
  let before: Answers = {};
  while (Date.now() < deadline) {
    const answers = await answersOf(url, reads);
    const isWhole =
      Object.values(answers).every((answer) => answer.startsWith('200')) && !/"(running|waiting)"/.test(answers['sagas/arrival/7'] ?? '');
    if (isWhole && JSON.stringify(answers) === JSON.stringify(before)) return answers;
    before = answers;
    await new Promise((elapsed) => setTimeout(elapsed, 1000));
  }
  throw new Error(`the system does not settle: ${JSON.stringify(before, undefined, 2)}`);
};

const proofs = async (shop: string): Promise<void> => {
  await run(shop, 'npm', 'run', '--silent', 'es', '--', 'verify');
  await run(shop, 'npm', 'run', '--silent', 'es', '--', 'audit');
};

/** Records data with the version that is installed. */
export const recordData = async (shop: string): Promise<{ readonly commands: Answers; readonly reads: Answers }> => {
  const system = await npmStart(shop);
  try {
    const answers: Record<string, string> = {};
    for (const [path, data] of Object.entries(commands)) answers[path] = await post(system.url, path, data);
    const found = await settled(system.url);
    await proofs(shop);
    return { commands: answers, reads: found };
  } finally {
    await system.stop();
  }
};

/** The same package with a higher version. */
export const raised = async (tarball: string, folder: string, version: string): Promise<string> => {
  mkdirSync(folder);
  await run(folder, 'tar', '-xzf', tarball);
  const file = join(folder, 'package/package.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version }));
  await run(join(folder, 'package'), 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
  return join(folder, `foldstream-${version}.tgz`);
};

/** Installs another version, and finds everything as it was recorded before. */
export const upgrade = async (shop: string, tarball: string, before: Awaited<ReturnType<typeof recordData>>): Promise<void> => {
  copyFileSync(tarball, join(shop, 'vendor', basename(tarball)));
  await run(shop, 'npm', 'install', '--loglevel=error', '--prefer-offline', `./vendor/${basename(tarball)}`);
  assert.match(
    await run(shop, 'npm', 'run', '--silent', 'doctor'),
    /Foldstream: 0\.2\.1[\s\S]*Local data: of Foldstream 0\.2\.0; .*0\.2\.1/,
  );
  await run(shop, 'npm', 'run', '--silent', 'schemas');
  const system = await npmStart(shop);
  try {
    assert.deepEqual(await settled(system.url), before.reads, 'it reads otherwise after the upgrade');
    for (const [path, data] of Object.entries(commands))
      assert.equal(await post(system.url, path, data), before.commands[path], `${path} is not the same request any more`);
    await post(system.url, 'booking/7/CloseBooking', { reason: 'left' });
    await proofs(shop);
  } finally {
    await system.stop();
  }
};
