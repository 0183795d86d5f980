import { join } from 'node:path';
import type { Host } from './host.ts';
import { readState, writeState } from './state-file.ts';

type Named = Pick<Host, 'namePrefix' | 'stateFolder'>;

const fileIn = ({ stateFolder }: Named): string => join(stateFolder, 'dropped-tables.json');

/** How often the table of a logical id was dropped. */
const drops = (host: Named): Promise<Readonly<Record<string, number>>> => readState(fileIn(host), {});

/** As with CloudFormation, a table that was dropped and is made anew has another name: what is known of the old one is not said of it. */
export const tableName = async (host: Named, logicalId: string): Promise<string> => {
  const dropped = (await drops(host))[logicalId] ?? 0;
  return `${host.namePrefix}-${logicalId}${dropped === 0 ? '' : `-${dropped}`}`;
};

/** To be noted before they are dropped. */
export const noteDropped = async (host: Named, logicalIds: readonly string[]): Promise<void> => {
  const before = await drops(host);
  const after = logicalIds.map((logicalId) => [logicalId, (before[logicalId] ?? 0) + 1]);
  await writeState(fileIn(host), { ...before, ...Object.fromEntries(after) });
};
