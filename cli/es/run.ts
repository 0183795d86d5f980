import type { ParseArgsOptionsConfig } from 'node:util';
import { Unavailable } from '../../core/basics/errors.ts';
import { parseCommand } from '../command-line.ts';
import { anchor } from './anchor.ts';
import { audit } from './audit.ts';
import { calls } from './calls.ts';
import type { Command } from './command.ts';
import { openTable, placeOf } from './events-table.ts';
import { exportEvents } from './export.ts';
import { UsageError } from './flags.ts';
import { log } from './log.ts';
import { parked } from './parked.ts';
import { processes } from './processes.ts';
import { projections } from './projections.ts';
import { redrive } from './redrive.ts';
import { rehearse } from './rehearse.ts';
import { reminders } from './reminders.ts';
import { restore } from './restore.ts';
import { sagas } from './sagas.ts';
import { show } from './show.ts';
import { tail } from './tail.ts';
import { verify } from './verify.ts';

const commands: Readonly<Record<string, Command>> = {
  show,
  verify,
  anchor,
  tail,
  export: exportEvents,
  projections,
  audit,
  parked,
  redrive,
  rehearse,
  restore,
  sagas,
  processes,
  calls,
  reminders,
  log,
};

const ofEachCommand = `  --domain FOLDER   which domain: examples/fines, say, where it is not domain/
  --memory          the system that keeps nothing (npm start -- --memory), if another one runs beside it
Without more it looks at the system that runs on this machine (npm start). Otherwise:
  --outputs FILE    a stack on AWS, with the credentials of the environment: what npx cdk deploy --outputs-file FILE has written
  --table NAME      the events table alone
  --region REGION   where it is, if not in the region of the environment
  --endpoint URL    another DynamoDB than that of AWS`;

const usage = [...Object.values(commands).map((command) => command.usage), ofEachCommand].join('\n\n');

const shared: ParseArgsOptionsConfig = {
  domain: { type: 'string' },
  memory: { type: 'boolean' },
  table: { type: 'string' },
  outputs: { type: 'string' },
  region: { type: 'string' },
  endpoint: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};

/** Answers the exit code: 0, 1 for a no or a failure, 2 where the command line makes no sense. It never throws. */
export const run = (args: readonly string[], stateFolder: string): Promise<number> =>
  dispatch(args, stateFolder).catch((error: unknown) => say(reasonOf(error), 1));

const dispatch = async ([name = '', ...args]: readonly string[], stateFolder: string): Promise<number> => {
  if (name === '--help' || name === '-h') return say(usage, 0);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return say(`${name === '' ? 'Say what to do.' : `There is no command '${name}'.`}\n\n${usage}`, 2);
  const ownUsage = `${command.usage}\n\n${ofEachCommand}`;
  try {
    const { values: flags, positionals: words } = parsed(name, command, args);
    if (flags['help']) return say(ownUsage, 0);
    return await command.run({ words, flags, open: () => openTable(placeOf(flags, stateFolder)) });
  } catch (error) {
    if (error instanceof UsageError) return say(`${error.message}\n\n${ownUsage}`, 2);
    throw error;
  }
};

const parsed = (name: string, command: Command, args: readonly string[]) => {
  const found = parseCommand(`npm run es -- ${name}`, args, { ...shared, ...command.flags });
  return found as { readonly values: Record<string, string | boolean | undefined>; readonly positionals: readonly string[] };
};

/** One line that says what to do, where that is known. */
const reasonOf = (error: unknown): string => {
  if (error instanceof Unavailable) return `DynamoDB does not answer: ${error.message}. Does it run? The same command may be given again.`;
  return error instanceof Error ? error.message : String(error);
};

const say = (text: string, code: number): number => {
  (code === 0 ? console.log : console.error)(text);
  return code;
};
