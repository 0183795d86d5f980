import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FunctionError } from '../lambda/invocation.ts';

/** An event that a function could not take. */
export interface DeadLetter {
  readonly event: unknown;
  readonly functionArn: string;
  readonly attempts: number;
  readonly error: FunctionError;
}

/** A queue that nothing reads but people: one line of JSON each, in a file. */
export interface DeadLetters {
  put(letter: DeadLetter): void;
}

export const deadLetterFile = (file: string, say: (line: string) => void): DeadLetters => ({
  put: (letter) => {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...letter })}\n`);
    say(`has a dead letter, now in ${file}: ${letter.error.errorType}: ${letter.error.errorMessage}`);
  },
});
