import { readFileSync } from 'node:fs';
import { ownFile } from '../../lib/folders.ts';
import type { Addition } from './addition.ts';
import { aggregateName, type Name } from './names.ts';

/** The aggregate of a new service is the model of every other one. */
const model = 'cli/new/template/domain/task';

/** The files of a new aggregate. */
export const aggregate = (text: string): Addition => {
  const name = aggregateName(text);
  const files = { 'events.ts': 'events.ts', 'decider.ts': 'decider.ts', [`${name.kebab}.test.ts`]: 'task.test.ts' };
  return {
    files: Object.fromEntries(
      Object.entries(files).map(([file, source]) => [
        `${name.kebab}/${file}`,
        renamed(readFileSync(ownFile(`${model}/${source}`), 'utf8'), name),
      ]),
    ),
    member: { list: 'deciders', identifier: name.camel, path: `./${name.kebab}/decider.ts` },
    says: `POST /${name.camel}/{id}/Add${name.pascal} is a command now. Edit its events.ts and decider.ts, then: npm run schemas:accept`,
  };
};

const renamed = (source: string, { camel, pascal }: Name): string =>
  source
    .replaceAll('Task', pascal)
    .replace(/to a task:/, `to one ${camel}:`)
    .replaceAll('task', camel);
