import type { AnyDecider } from '../../core/write/decider.ts';
import type { Addition } from './addition.ts';
import { kebabName, type Name } from './names.ts';
import { literal, sampleOf } from './samples.ts';

/** The files of a projection that shows the events of one aggregate. It has a row for each of them. */
export const projection = (text: string, decider: AnyDecider, folder: string): Addition => {
  const name = kebabName(text);
  const types = Object.keys(decider.events);
  return {
    files: {
      [`${folder}/${name.kebab}.ts`]: source(name, types),
      [`${folder}/${name.kebab}.test.ts`]: test(name, decider, types),
    },
    member: { list: 'projections', identifier: name.camel, path: `./${folder}/${name.kebab}.ts` },
    says: `GET /${name.kebab}/{id} answers a document now. Give it the fields that its readers ask for, in ${folder}/${name.kebab}.ts; then, while no document is stored: npm run schemas:accept -- --projections`,
  };
};

const source = ({ camel, pascal, kebab }: Name, types: readonly string[]): string => `import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const document = z.object({
  lastEvent: z.string(),
  changes: z.int(),
  changedAt: z.string(),
});
type ${pascal} = z.output<typeof document>;

/** What is shown: GET /${kebab}/{id}. Raise \`revision\` after a change of it, and the documents are built anew beside the old ones. */
export const ${camel} = defineProjection({
  name: '${kebab}',
  revision: 1,
  events,
  document,
  initialState: (): ${pascal} => ({ lastEvent: '', changes: 0, changedAt: '' }),

  evolve: {
${types.map((type) => `    ${type}: (shown, _data, { recordedAt }) => changed(shown, '${type}', recordedAt),`).join('\n')}
  },
});

const changed = ({ changes }: ${pascal}, lastEvent: string, changedAt: string): ${pascal} => ({ lastEvent, changes: changes + 1, changedAt });
`;

const test = ({ camel, kebab }: Name, decider: AnyDecider, types: readonly string[]): string => {
  const rows = types.flatMap((type) => {
    const data = sampleOf(decider.events[type]);
    return data === undefined ? [] : [row(type, literal(data))];
  });
  return `import { projectionScenarios, recordedAt } from 'foldstream/testing';
import { ${camel} } from './${kebab}.ts';

projectionScenarios(${camel}, {
  'no event, no document': { given: [], then: null },
${rows.join('\n')}
});
`;
};

const row = (type: string, data: string): string => `  '${type} is shown': {
    given: [{ type: '${type}', data: ${data} }],
    then: { lastEvent: '${type}', changes: 1, changedAt: recordedAt(1) },
  },`;
