import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './host.ts';

type Named = Pick<Host, 'namePrefix' | 'stateFolder'>;

const fileIn = ({ stateFolder }: Named): string => join(stateFolder, 'dropped-tables.json');

/** How often the table of a logical id was dropped. */
const drops = async (host: Named): Promise<Readonly<Record<string, number>>> => {
  const text = await readFile(fileIn(host), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text);
};

/** As with CloudFormation, a table that was dropped and is made anew has another name: what is known of the old one is not said of it. */
export const tableName = async (host: Named, logicalId: string): Promise<string> => {
  const dropped = (await drops(host))[logicalId] ?? 0;
  return `${host.namePrefix}-${logicalId}${dropped === 0 ? '' : `-${dropped}`}`;
};

/** To be noted before they are dropped. */
export const noteDropped = async (host: Named, logicalIds: readonly string[]): Promise<void> => {
  const before = await drops(host);
  const after = logicalIds.map((logicalId) => [logicalId, (before[logicalId] ?? 0) + 1]);
  await writeFile(fileIn(host), JSON.stringify({ ...before, ...Object.fromEntries(after) }));
};
