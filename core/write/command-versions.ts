import type * as z from 'zod';
import { Invalid } from '../basics/errors.ts';
import { parse } from '../basics/messages.ts';
import { commandRows } from '../log/upcasting.ts';

// The schema versions of commands. Nothing of a command is stored but a digest, so they are for clients: an old client sends an old version.

/** The newest schema version of a command, from 1. */
export const commandVersion = (schema: z.ZodType): number => Math.max(0, ...Object.keys(commandRows(schema)).map(Number)) + 1;

/** The schemas of a command by version, the newest last. */
export const schemasOfVersions = (schema: z.ZodType): readonly z.ZodType[] => [
  ...Object.values(commandRows(schema)).map(({ from }) => from),
  schema,
];

/** Data of a command of the version that a client says, lifted to today's and not yet checked against it. @throws Invalid. */
export const liftedCommand = (schema: z.ZodType, { type, data, version }: Versioned): unknown => {
  const current = commandVersion(schema);
  if (!(Number.isInteger(version) && version >= 1 && version <= current))
    throw new Invalid(
      'InvalidRequest',
      `Command-Version: ${type} has ${current === 1 ? 'version 1 only' : `the versions 1 to ${current}`}`,
    );
  let lifted = data;
  for (let from = version; from < current; from++) {
    const row = commandRows(schema)[from] as NonNullable<ReturnType<typeof commandRows>[number]>; // `defineDomain` refuses a gap.
    lifted = row.to(parse(row.from, lifted, `${type} of version ${from}`) as never);
  }
  return lifted;
};

interface Versioned {
  readonly type: string;
  readonly data: unknown;
  readonly version: number;
}
