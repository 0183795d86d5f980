import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** The command line makes no sense: the message says what to say instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Flags and words of a command. @throws UsageError, one line, that names the argument and the command that says more. */
export const parseCommand = <O extends ParseArgsOptionsConfig>(command: string, args: readonly string[], options: O) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}: ${command} --help says what there is.`, { cause: error });
  }
};
