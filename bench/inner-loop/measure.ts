import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from '../statistics.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface InnerLoop {
  /** The time from `npm start` to the first answer of a command. */
  readonly startSeconds: number;
  /** The time from each edit of a file to the first answer of the new code. */
  readonly editSeconds: readonly number[];
}

/**
 * Edits a decider of the marketplace repeatedly while the system runs. Each edit gives a refusal another code, and a client sends the
 * command until the refusal has that code. The domain is a copy, so that an interrupted run does not change the sources.
 */
export const measureInnerLoop = async (edits: number, progress: (text: string) => void): Promise<InnerLoop> => {
  // Not below bench/, which is a package of its own: the domain imports this package by its name.
  mkdirSync(join(root, '.local'), { recursive: true });
  const folder = mkdtempSync(join(root, '.local/inner-loop-'));
  try {
    cpSync(join(root, 'domain'), folder, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    return await measureIn(folder, edits, progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const measureIn = async (folder: string, edits: number, progress: (text: string) => void): Promise<InnerLoop> => {
  const began = performance.now();
  const system = await start(folder);
  try {
    await answered(
      () => place(system.url),
      ({ status }) => status === 200,
    );
    const startSeconds = secondsSince(began);
    progress(`the system has answered after ${startSeconds.toFixed(1)} s`);
    const file = join(folder, 'order/decider.ts');
    const source = readFileSync(file, 'utf8');
    const editSeconds: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const code = `OrderAlreadyPlaced${edit}`;
      const edited = performance.now();
      writeFileSync(file, source.replace("'OrderAlreadyPlaced'", `'${code}'`));
      await answered(
        () => place(system.url),
        (answer) => answer.code === code,
      );
      editSeconds.push(secondsSince(edited));
      progress(`edit ${edit + 1}: ${editSeconds.at(-1)?.toFixed(2)} s`);
      await pause(1_000); // A person reads the answer, and the types are checked.
    }
    return { startSeconds, editSeconds };
  } finally {
    await system.stop();
  }
};

const start = async (folder: string) => {
  const args = ['local/main.ts', '--memory', '--json', '--domain', relative(root, folder)];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { type, url } = JSON.parse(line) as { readonly type?: string; readonly url?: string };
      if (type === 'listening') resolve(url ?? '');
    });
    child.on('exit', () => reject(new Error('the system did not start')));
  });
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { url, stop };
};

interface Answer {
  readonly status: number;
  readonly code?: string;
}

const order = { customerId: 'ada', lines: [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }] };

const place = async (url: string): Promise<Answer> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/order/1/PlaceOrder`, { method: 'POST', headers, body: JSON.stringify(order) });
  return { status: response.status, ...((await response.json()) as { readonly code?: string }) };
};

const answered = async (ask: () => Promise<Answer>, isWanted: (answer: Answer) => boolean): Promise<void> => {
  while (!isWanted(await ask())) await pause(20);
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const secondsSince = (began: number): number => (performance.now() - began) / 1000;

export const reportOf = ({ startSeconds, editSeconds }: InnerLoop): string => {
  const sorted = [...editSeconds].sort((a, b) => a - b);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
  return [
    `start → first answer   ${startSeconds.toFixed(1)} s`,
    `edit → new answer      p50 ${median(editSeconds).toFixed(2)} s, p95 ${p95.toFixed(2)} s over ${editSeconds.length} edits`,
  ].join('\n');
};
