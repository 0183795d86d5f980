import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export { letActsBeRecorded } from '../support/act-function.ts';

export interface Spoken {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** The command line in a process of its own, as its user starts it: network errors are others inside of jest. */
export const start = (args: readonly string[], folder = tmpdir(), program = 'cli/es.ts'): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [program, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, INIT_CWD: folder, AWS_EC2_METADATA_DISABLED: 'true' },
  });

/** The arguments of a verb; where it may be an act of an operator, with a reason and a name. */
export const withWhy = (args: readonly string[]): readonly string[] =>
  ['audit', 'projections', 'redrive', 'sagas'].includes(args[0] ?? '') ? [...args, '--why', 'a test', '--who', 'tester'] : args;

export const spoken = async (args: readonly string[], folder?: string, program?: string): Promise<Spoken> => {
  const child = start(args, folder, program);
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, said };
};
