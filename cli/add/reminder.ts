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

/** The files of a reminder that sends one command a day after the first event of an aggregate. */
export const reminder = (
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
      `No command starts a new '${of.name}' by itself, so no reminder can be written for it: write domain/${name.kebab}/reminder.ts by hand.`,
    );
  if (sends === undefined) throw new UsageError('Say which command it sends: --sends AGGREGATE.Command.');
  const plan = { name, of, event: begins.event, step: named(sends, others) };
  return {
    files: {
      [`${name.kebab}/reminder.ts`]: source(plan, folderOf),
      [`${name.kebab}/${name.kebab}.test.ts`]: test(plan, folderOf),
    },
    member: { list: 'reminders', identifier: name.camel, path: `./${name.kebab}/reminder.ts` },
    says: `A day after each ${plan.event} it sends ${plan.step.command}, to the ${plan.step.to.name} of the same id: write the rows of yours in ${name.kebab}/reminder.ts.`,
  };
};

const source = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, event, step } = plan;
  return `import { commandTo, defineReminder } from 'foldstream';
${importsOf(plan, folderOf)}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** A command at a time: a row of \`due\` for each event that sets the time, moves it, or cancels it with \`null\`. */
export const ${name.camel} = defineReminder({
  name: '${name.kebab}',
  of: ${of.name},
  to: [${step.to.name}],
  due: {
    ${event}: (_data, { recordedAt }) => new Date(Date.parse(recordedAt) + dayMilliseconds),
  },
  send: (_state, { id }) => commandTo(${step.to.name}, { id, type: '${step.command}', data: ${literal(step.data)} }),
});
`;
};

const test = (plan: Plan, folderOf: FolderOf): string => {
  const { name, of, event, step } = plan;
  const imports = importsOf({ of: step.to, step }, folderOf);
  return `import { commandTo } from 'foldstream';
import { reminderScenarios } from 'foldstream/testing';
${imports}
import { ${name.camel} } from './reminder.ts';

reminderScenarios(${name.camel}, {
  'a day after ${event}: ${step.command}': {
    given: [
      { type: '${event}', data: ${literal(sampleOf(of.events[event]))}, metadata: { id: '42', recordedAt: '2026-06-01T00:00:00.000Z' } },
    ],
    due: '2026-06-02T00:00:00.000Z',
    then: [commandTo(${step.to.name}, { id: '42', type: '${step.command}', data: ${literal(step.data)} })],
  },
});
`;
};
