import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const hour = 3_600_000;

/** Makes the streams in an engine's data older, while the engine does not run: its day goes by in no time. */
export const age = (
  dataFolder: string,
  { shardHours, recordHours }: { readonly shardHours: number; readonly recordHours: number },
): void => {
  const file = readdirSync(dataFolder).find((name) => name.endsWith('.db')) as string;
  const database = new DatabaseSync(join(dataFolder, file));
  database.exec(`UPDATE ss SET CreationDateTime = CreationDateTime - ${shardHours * hour}`);
  database.exec(`UPDATE us SET CreationDateTime = CreationDateTime - ${recordHours * hour}`);
  database.close();
};
