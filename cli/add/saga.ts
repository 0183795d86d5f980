import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName, type Name } from './names.ts';
import { beginningOf, literal, sampleOf } from './samples.ts';

/** A command to an aggregate, with data that its schema takes. */
export interface Sends {
  readonly to: AnyDecider;
  readonly command: string;
  readonly data: unknown;
}

interface Plan {
  readonly name: Name;
  readonly of: AnyDecider;
  readonly begins: NonNullable<ReturnType<typeof beginningOf>>;
  readonly step: Sends;
  readonly last: Sends;
}

/** The folder of an aggregate, by its name. */
export type FolderOf = (aggregate: string) => string;

/** The files of a saga of one step, which the first event of an aggregate starts. */
export const saga = (
  text: string,
  of: AnyDecider,
  sends: string | undefined,
  others: readonly AnyDecider[],
  folderOf: FolderOf,
): Addition => {
  const name = kebabName(text);
  const begins = beginningOf(of);
  if (begins === undefined)
    throw new UsageError(
      `No command starts a new '${of.name}' by itself, so no saga can be written for it: write domain/${name.kebab}/saga.ts by hand.`,
    );
  const last = sending(of, Object.keys(of.commands).at(-1) ?? '');
  const plan = { name, of, begins, last, step: sends === undefined ? last : named(sends, others) };
  return {
    files: { [`${name.kebab}/saga.ts`]: source(plan, folderOf), [`${name.kebab}/${name.kebab}.test.ts`]: test(plan, folderOf) },
    member: { list: 'sagas', identifier: name.camel, path: `./${name.kebab}/saga.ts` },
    says: `Every ${begins.event} starts ${name.kebab} now, and ${plan.step.command} is its only step: write the steps of yours in ${name.kebab}/saga.ts.`,
  };
};

/** `payment.RequestPayment` @throws UsageError that says what there is. */
export const named = (text: string, deciders: readonly AnyDecider[]): Sends => {
  const [aggregate, command = ''] = text.split('.');
  const to = deciders.find((one) => one.name === aggregate);
  const known = deciders.flatMap((one) => Object.keys(one.commands).map((each) => `${one.name}.${each}`));
  if (to === undefined || !Object.hasOwn(to.commands, command))
    throw new UsageError(`--sends is one of ${known.join(', ')}, not '${text}'.`);
  return sending(to, command);
};

const sending = (to: AnyDecider, command: string): Sends => {
  const data = sampleOf(to.commands[command]);
  if (data === undefined)
    throw new UsageError(`No data for ${command} could be made up: say another command with --sends AGGREGATE.Command.`);
  return { to, command, data };
};

/** The lines that import both aggregates. */
export const importsOf = ({ of, step }: Pick<Plan, 'of' | 'step'>, folderOf: FolderOf): string =>
  [...new Set([of.name, step.to.name])]
    .toSorted((a, b) => folderOf(a).localeCompare(folderOf(b)))
    .map((name) => `import { ${name} } from '../${folderOf(name)}/decider.ts';`)
    .join('\n');

const source = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, begins, step, last } = plan;
  const key = `${of.name}Id`;
  return `import { defineSaga } from 'foldstream';
import * as z from 'zod';
${importsOf(plan, folderOf)}

const context = z.object({ ${key}: z.string() });

/** A process over aggregates: its steps in their order, and how each is undone where a later one fails. */
export const ${name.camel} = defineSaga({
  name: '${name.kebab}',
  context,
  startsOn: { of: ${of.name}, event: '${begins.event}', context: (_data, { id }) => ({ ${key}: id }) },
  steps: {
    ${step.command}: {
      to: ${step.to.name},
      send: ({ ${key} }) => ({ id: ${key}, type: '${step.command}', data: ${literal(step.data)} }),
    },
  },
  onAbort: { to: ${of.name}, send: ({ ${key} }) => ({ id: ${key}, type: '${last.command}', data: ${literal(last.data)} }) },
});
`;
};

const test = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, begins } = plan;
  return `import { expect, test } from '@jest/globals';
import { everyPath, stateOf } from 'foldstream/testing';
${importsOf(plan, folderOf)}
import { ${name.camel} } from './saga.ts';

const id = '42';
const before = JSON.stringify(${before(plan)});

test('whatever happens, ${name.kebab} comes to an end, and something came of it', () => {
  const walked = everyPath(${name.camel}, {
    given: [{ to: ${of.name}, id, command: { type: '${begins.command}', data: ${literal(begins.data)} } }],
    outside: [],
    invariants: { 'something came of it': (world) => JSON.stringify(${states(plan)}) !== before },
  });
  expect(walked.failure).toBeUndefined();
  expect(walked.paths).toBeGreaterThan(1n);
});
`;
};

/** The aggregates of the process when it begins, and in a world later on. */
const before = ({ of, begins, step: { to } }: Plan): string => {
  const started = `${of.name}.evolve.${begins.event}(${of.name}.initialState(), ${literal(sampleOf(of.events[begins.event]))})`;
  return to === of ? `[${started}]` : `[${started}, ${to.name}.initialState()]`;
};
const states = ({ of, step: { to } }: Plan): string =>
  `[${(to === of ? [of] : [of, to]).map(({ name }) => `stateOf(world, ${name}, id)`).join(', ')}]`;
