import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type HeardEvent, heardIn } from '../../core/schema-lock/received/heard.ts';
import { samplesOf } from '../../core/schema-lock/samples.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName, type Name } from './names.ts';
import { type FolderOf, named, type Sends } from './saga.ts';
import { literal } from './samples.ts';
import { tolerantSource } from './tolerant-source.ts';

/** The AsyncAPI document at a URL or in a file. The URL of a service is that of its document as well. @throws UsageError. */
export const readDocument = async (from: string): Promise<unknown> => {
  try {
    if (!/^https?:/.test(from)) {
      const file = resolve(process.env['INIT_CWD'] ?? '.', from);
      if (!existsSync(file)) throw new Error('there is no such file');
      return JSON.parse(readFileSync(file, 'utf8'));
    }
    const url = new URL(from);
    const answer = await fetch(url.pathname === '/' ? new URL('/asyncapi.json', url) : url);
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    return await answer.json();
  } catch (error) {
    throw new UsageError(`--from ${from} cannot be read: ${(error as Error).message}.`);
  }
};

export interface InboxAsked {
  /** Types, separated by commas; absent: all of them. */
  readonly events: string | undefined;
  readonly sends: string | undefined;
}

/** The files of an inbox that hears what another service publishes. Its schemas take new fields, and no bounds. */
export const inbox = (
  text: string,
  document: unknown,
  asked: InboxAsked,
  { deciders, folderOf }: { readonly deciders: readonly AnyDecider[]; readonly folderOf: FolderOf },
): Addition => {
  const name = kebabName(text);
  const heard = chosen(document, asked.events);
  if (asked.sends === undefined) throw new UsageError('Say which command its events send: --sends AGGREGATE.Command.');
  const step = named(asked.sends, deciders);
  const sources = [...new Set(heard.map(({ source }) => source))];
  return {
    files: {
      [`${name.kebab}/inbox.ts`]: source(name, { heard, sources, step, folderOf }),
      [`${name.kebab}/publisher.json`]: `${JSON.stringify(document, null, 2)}\n`,
      [`${name.kebab}/${name.kebab}.test.ts`]: test(name, { heard, sources, step, folderOf }),
    },
    member: { list: 'inboxes', identifier: name.camel, path: `./${name.kebab}/inbox.ts` },
    says: `Every ${heard.map(({ type }) => type).join(' and ')} sends ${step.command} now: write the rows of yours in ${name.kebab}/inbox.ts.`,
  };
};

interface Plan {
  readonly heard: readonly HeardEvent[];
  readonly sources: readonly string[];
  readonly step: Sends;
  readonly folderOf: FolderOf;
}

/** @throws UsageError that says what there is. */
const chosen = (document: unknown, events: string | undefined): readonly HeardEvent[] => {
  const all = ((): readonly HeardEvent[] => {
    try {
      return heardIn(document);
    } catch (error) {
      throw new UsageError(`The document of --from does not fit: ${(error as Error).message}.`);
    }
  })();
  const wanted = events?.split(',') ?? all.map(({ type }) => type);
  const found = all.filter(({ type }) => wanted.includes(type));
  if (found.length === 0 || wanted.some((type) => !all.some((one) => one.type === type)))
    throw new UsageError(
      `--events is one or several of ${all.map(({ type }) => type).join(', ') || 'none: the service sends no CloudEvents'}.`,
    );
  return found;
};

const source = (
  { camel, kebab }: Name,
  { heard, sources, step, folderOf }: Plan,
): string => `import { cloudEvents, commandTo, defineInbox, eventBus } from 'foldstream';
import * as z from 'zod';
import { ${step.to.name} } from '../${folderOf(step.to.name)}/decider.ts';

/** What another service publishes (publisher.json), as far as it is read here: leave out the fields that you do not need. */
export const ${camel} = defineInbox({
  name: '${kebab}',
  from: eventBus({ sources: ${literal(sources)} }),
  format: cloudEvents(),
  to: [${step.to.name}],
  receives: {
${heard.map(({ type, schema }) => `    '${type}': ${tolerantSource(schema)},`).join('\n')}
  },
  on: {
${heard.map(({ type }) => `    '${type}': (_data, { id }) => commandTo(${step.to.name}, { id, type: '${step.command}', data: ${literal(step.data)} }),`).join('\n')}
  },
});
`;

const test = ({ camel }: Name, { heard, sources, step, folderOf }: Plan): string => {
  const rows = heard.flatMap(({ type, source: from, schema }) => {
    const [data] = samplesOf(schema);
    return data === undefined ? [] : [row(type, { specversion: '1.0', id: '1', source: from ?? sources[0], type, data }, step)];
  });
  return `import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { commandTo } from 'foldstream';
import { inboxScenarios, misfits } from 'foldstream/testing';
import { ${step.to.name} } from '../${folderOf(step.to.name)}/decider.ts';
import { ${camel} } from './inbox.ts';

inboxScenarios(${camel}, {
${rows.join('\n')}
});

test('what the other service publishes fits what is read', () => {
  const document = JSON.parse(readFileSync(new URL('publisher.json', import.meta.url), 'utf8'));
  expect(misfits(${camel}, document)).toEqual([]);
});
`;
};

const row = (type: string, message: object, { to, command, data }: Sends): string => `  '${type} sends ${command}': {
    message: ${literal(message)},
    then: [commandTo(${to.name}, { id: '1', type: '${command}', data: ${literal(data)} })],
  },`;
