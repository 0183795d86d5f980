import { resolve } from 'node:path';
import { isTenant } from '../../core/basics/stream.ts';
import { parseCommand } from '../command-line.ts';

export interface Options {
  readonly file: string;
  /** Absent: the file is an export. */
  readonly mapping?: string;
  readonly domain?: string;
  readonly endpoint?: string;
  readonly table?: string;
  readonly names?: string;
  readonly tenant?: string;
  /** Into the system that keeps nothing. */
  readonly memory: boolean;
  readonly concurrency: number;
  /** Leaves out lines that are equal to an earlier line. */
  readonly skipsRepeated: boolean;
  /** Reads and checks, and records nothing. */
  readonly checkOnly: boolean;
  readonly help: boolean;
}

export const usage = `npm run import -- FILE [--mapping MODULE] [options]

  Brings existing history in, with its own times. FILE is what \`es export\` has written; or FILE has one JSON object a line (.jsonl, or a
  gzip of it), and MODULE says which events a line stands for. Every line is checked before the first one is recorded. A line that is in
  already is known again: run the same command once more after a failure, or to see that nothing is missing.

  --mapping MODULE   a module that exports \`mapping\` (examples/fines/mapping.ts). Without it, FILE is an export: its commits are recorded
                     as they were, with the same streams, versions, times, ids and causes
  --domain FOLDER    the domain that the system runs, where it is not domain/
  --tenant NAME      whose history it is, in a service that has tenants and where the mapping does not say it
  --skip-repeated    leaves out lines that are equal to an earlier line; otherwise such a line is a fault
  --check            only checks the file
  --concurrency N    streams that are written to at a time (32)
  --memory           into the system that keeps nothing (npm start -- --memory), if another one runs beside it

  Without more it goes to the system that runs on this machine (npm start). Otherwise:
  --table NAME       the events table, on AWS with the credentials and the region of the environment
  --names NAME       the table of claimed names, where the domain claims any
  --endpoint URL     another DynamoDB than that of AWS`;

const mostStreams = 256;

const flag = { type: 'boolean' } as const;
const flags = { check: flag, memory: flag, 'skip-repeated': flag, help: { ...flag, short: 'h' } } as const;

/** @throws Error, one line, that names the argument. Paths are those of the folder that the command was given in. */
export const parseOptions = (args: readonly string[], folder: string): Options => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseCommand('npm run import --', args, {
    ...{ mapping: text, domain: text, endpoint: text, table: text, names: text, concurrency: text, tenant: text },
    ...flags,
  });
  const {
    mapping,
    domain,
    concurrency = '32',
    check = false,
    memory = false,
    'skip-repeated': skipsRepeated = false,
    help = false,
    tenant,
    ...target
  } = values;
  const [file = '', ...more] = positionals;
  const parallel = Number(concurrency);
  if (!help && (file === '' || more.length > 0)) throw new Error('Say which FILE to import, and one at a time (--help says more).');
  if (mapping === undefined && (tenant !== undefined || skipsRepeated))
    throw new Error(`--${skipsRepeated ? 'skip-repeated' : 'tenant'} is for files with a mapping: an export has the tenant in each line.`);
  if (!Number.isInteger(parallel) || parallel < 1 || parallel > mostStreams)
    throw new Error(`--concurrency is a whole number from 1 to ${mostStreams}, not '${concurrency}'.`);
  if (target.table === undefined && (target.endpoint ?? target.names) !== undefined)
    throw new Error('--endpoint and --names are said together with --table.');
  if (tenant !== undefined && !isTenant(tenant)) throw new Error(`--tenant cannot be '${tenant}'.`);
  return {
    file: resolve(folder, file),
    ...(mapping === undefined ? {} : { mapping: resolve(folder, mapping) }),
    ...(domain === undefined ? {} : { domain: resolve(folder, domain) }),
    ...(tenant === undefined ? {} : { tenant }),
    ...target,
    concurrency: parallel,
    memory,
    skipsRepeated,
    checkOnly: check,
    help,
  };
};
