import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName, type Name } from './names.ts';
import { type FolderOf, importsOf, named, type Sends } from './saga.ts';
import { beginningOf, literal, sampleOf } from './samples.ts';

interface Plan {
  readonly name: Name;
  readonly of: AnyDecider;
  readonly event: string;
  readonly step: Sends;
}

/** The files of a reaction that sends one command for the first event of an aggregate. */
export const reaction = (
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
      `No command starts a new '${of.name}' by itself, so no reaction can be written for it: write domain/${name.kebab}/reaction.ts by hand.`,
    );
  if (sends === undefined) throw new UsageError('Say which command it sends: --sends AGGREGATE.Command.');
  const plan = { name, of, event: begins.event, step: named(sends, others) };
  return {
    files: {
      [`${name.kebab}/reaction.ts`]: source(plan, folderOf),
      [`${name.kebab}/${name.kebab}.test.ts`]: test(plan, folderOf),
    },
    member: { list: 'reactions', identifier: name.camel, path: `./${name.kebab}/reaction.ts` },
    says: `Every ${plan.event} sends ${plan.step.command} now, to the ${plan.step.to.name} of the same id: write the rows of yours in ${name.kebab}/reaction.ts.`,
  };
};

const source = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, event, step } = plan;
  return `import { commandTo, defineReaction } from 'foldstream';
${importsOf(plan, folderOf)}

/** What happens next: a row for each event that causes commands. The aggregate may refuse them; nothing is undone. */
export const ${name.camel} = defineReaction({
  name: '${name.kebab}',
  of: ${of.name},
  to: [${step.to.name}],
  on: {
    ${event}: (_data, { id }) => commandTo(${step.to.name}, { id, type: '${step.command}', data: ${literal(step.data)} }),
  },
});
`;
};

const test = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, event, step } = plan;
  const imports = importsOf({ of: step.to, step }, folderOf);
  return `import { commandTo } from 'foldstream';
import { reactionScenarios } from 'foldstream/testing';
${imports}
import { ${name.camel} } from './reaction.ts';

reactionScenarios(${name.camel}, {
  'each ${event} causes ${step.command}': {
    given: { type: '${event}', data: ${literal(sampleOf(of.events[event]))}, metadata: { id: '42' } },
    then: [commandTo(${step.to.name}, { id: '42', type: '${step.command}', data: ${literal(step.data)} })],
  },
});
`;
};
