import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName } from './names.ts';
import { type FolderOf, importsOf, named } from './saga.ts';
import { literal } from './samples.ts';

/** The files of a schedule that sends one command every night. */
export const schedule = (text: string, sends: string | undefined, others: readonly AnyDecider[], folderOf: FolderOf): Addition => {
  const name = kebabName(text);
  if (sends === undefined) throw new UsageError('Say which command it sends: --sends AGGREGATE.Command.');
  const step = named(sends, others);
  const imports = importsOf({ of: step.to, step }, folderOf);
  const command = `commandTo(${step.to.name}, { id: 'main', type: '${step.command}', data: ${literal(step.data)} })`;
  return {
    files: {
      [`${name.kebab}/schedule.ts`]: `import { commandTo, cron, defineSchedule } from 'foldstream';
${imports}

/** What happens at recurring times. A time is sent at most once; \`catchUp\` says what happens with times that were missed. */
export const ${name.camel} = defineSchedule({
  name: '${name.kebab}',
  every: cron('0 3 * * *', { timeZone: 'UTC' }),
  catchUp: 'latest',
  to: [${step.to.name}],
  sends: () => ${command},
});
`,
      [`${name.kebab}/${name.kebab}.test.ts`]: `import { commandTo } from 'foldstream';
import { scheduleScenarios } from 'foldstream/testing';
${imports}
import { ${name.camel} } from './schedule.ts';

scheduleScenarios(${name.camel}, {
  'each time sends ${step.command}': {
    at: '2026-06-01T03:00:00.000Z',
    then: [${command}],
  },
});
`,
    },
    member: { list: 'schedules', identifier: name.camel, path: `./${name.kebab}/schedule.ts` },
    says: `${step.command} is sent every night at 03:00 UTC now, to the ${step.to.name} 'main': write the times and commands of yours in ${name.kebab}/schedule.ts.`,
  };
};
