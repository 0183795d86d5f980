import { hash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FunctionError } from '../lambda/invocation.ts';

/** An event that a function could not take. */
export interface DeadLetter {
  readonly event: unknown;
  readonly functionArn: string;
  readonly attempts: number;
  readonly error: FunctionError;
}

/** A queue that people read, and the command line: one line of JSON each, in a file. */
export interface DeadLetters {
  put(letter: DeadLetter): void;
  all(): readonly { readonly id: string; readonly letter: DeadLetter }[];
  /** Some of them, which are not received again for a while. */
  receive(most: number): readonly { readonly id: string; readonly letter: DeadLetter }[];
  /** It is received again at once. */
  show(id: string): void;
  remove(id: string): void;
}

/** As SQS hides a message that was received. */
const hiddenMilliseconds = 30_000;

export const deadLetterFile = (file: string, say: (line: string) => void): DeadLetters => {
  const lines = () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
  const all = () => lines().map((line) => ({ id: hash('sha256', line), letter: JSON.parse(line) as DeadLetter }));
  const hidden = new Map<string, number>();
  return {
    all,
    put: (letter) => {
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...letter })}\n`);
      say(`has a dead letter, now in ${file}: ${letter.error.errorType}: ${letter.error.errorMessage}`);
    },
    receive: (most) => {
      const now = Date.now();
      const visible = all().filter(({ id }) => (hidden.get(id) ?? 0) <= now);
      const received = visible.slice(0, most);
      for (const { id } of received) hidden.set(id, now + hiddenMilliseconds);
      return received;
    },
    show: (id) => void hidden.delete(id),
    remove: (id) => {
      const left = lines().filter((line) => hash('sha256', line) !== id);
      writeFileSync(`${file}.new`, left.map((line) => `${line}\n`).join(''));
      renameSync(`${file}.new`, file);
    },
  };
};
