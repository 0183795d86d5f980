import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName, type Name } from './names.ts';
import { beginningOf, literal, sampleOf } from './samples.ts';

/** The files of calls to a third party, one for the first event of an aggregate. */
export const calls = (text: string, of: AnyDecider, folder: string): Addition => {
  const name = kebabName(text);
  const event = beginningOf(of)?.event;
  if (event === undefined)
    throw new UsageError(
      `No command starts a new '${of.name}' by itself, so no call can be written for it: write domain/${name.kebab}/calls.ts by hand.`,
    );
  return {
    files: {
      [`${name.kebab}/calls.ts`]: source(name, { of, event, folder }),
      [`${name.kebab}/${name.kebab}.test.ts`]: test(name, { of, event, folder }),
    },
    member: { list: 'calls', identifier: name.camel, path: `./${name.kebab}/calls.ts` },
    says: `Every ${event} calls ${name.kebab} now, where a stage has its endpoint: -c endpoints=${name.kebab}=https://… Write the rows of yours in ${name.kebab}/calls.ts.`,
  };
};

interface Plan {
  readonly of: AnyDecider;
  readonly event: string;
  readonly folder: string;
}

const source = (name: Name, { of, event, folder }: Plan): string => `import { defineCalls } from 'foldstream';
import { ${of.name} } from '../${folder}/decider.ts';

/** The calls to a third party: a row for each event that causes one. A call may be made twice, with one key; it counts once. */
export const ${name.camel} = defineCalls({
  name: '${name.kebab}',
  of: ${of.name},
  // How it knows the service, and how much it bears: docs of Foldstream, "Call third parties".
  // credentials: { header: 'x-api-key' },
  // limits: { concurrency: 10, ratePerSecond: 5 },
  on: {
    ${event}: (data, { id }) => ({ path: \`/\${id}\`, body: { ...data } }),
  },
});
`;

const test = (name: Name, { of, event }: Plan): string => `import { expect, test } from '@jest/globals';
import { ${name.camel} } from './calls.ts';

test('each ${event} causes a call', () => {
  const metadata = {
    ...{ eventId: '${of.name}-42@1', aggregate: '${of.name}', id: '42', version: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
    ...{ commandId: 'c', correlationId: 'c', causationId: 'c' },
  };
  const data = ${literal(sampleOf(of.events[event]))};
  expect(${name.camel}.on.${event}?.(data, metadata)).toEqual({ path: '/42', body: data });
});
`;
