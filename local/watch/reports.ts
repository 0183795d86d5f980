import { relative } from 'node:path';
import type { Assembly } from '../assembly.ts';
import { DomainRefused } from '../bundles/read-registry.ts';
import { framesOf } from '../log/trace.ts';
import type { Say } from '../say.ts';

const mostErrors = 10;

export type Reports = ReturnType<typeof reports>;

/** What the inner loop says of a change. A line that begins with ✖ is an error; the lines after it belong to it. */
export const reports = (say: Say) => {
  let last = '';
  const tell = (line: string): void => say('watch', line);
  const lines = (text: string): void => {
    for (const line of text.split('\n')) tell(line);
  };
  return {
    /** Said once, however often the same is found. */
    refused: (error: unknown): void => {
      const text = reasonOf(error);
      if (text === last) return;
      last = text;
      lines(`✖ ${text}`);
      tell('  the old code goes on serving');
    },
    mended: (): void => {
      last = '';
    },
    switched: (functions: number, files: ReadonlySet<string>, milliseconds: number): void => {
      if (functions > 0) tell(`✔ ${counted(functions, 'function')} with new code, ${seconds(milliseconds)} (${named(files)})`);
    },
    synthesizing: (done: Promise<unknown>): void => {
      const began = performance.now();
      tell('synthesizing the app …');
      done.then(
        () => tell(`✔ synthesized, ${seconds(performance.now() - began)}`),
        () => {},
      );
    },
    deployed: (before: Assembly, after: Assembly, milliseconds: number): void => {
      const [old, next] = [before, after].map(({ template }) => Object.keys(template.Resources)) as [string[], string[]];
      const added = next.filter((name) => !old.includes(name)).length;
      const removed = old.filter((name) => !next.includes(name)).length;
      tell(
        `✔ deployed a template with ${added} new and ${removed} removed resources, ${seconds(milliseconds)}; requests were held meanwhile`,
      );
    },
    types: (errors: readonly string[], hadErrors: boolean): void => {
      if (errors.length === 0) {
        if (hadErrors) tell('✔ the types are right');
        return;
      }
      tell(`✖ ${counted(errors.length, 'type error')}; the code runs, although it has them`);
      for (const error of errors.slice(0, mostErrors)) tell(`  ${error}`);
      if (errors.length > mostErrors) tell(`  … and ${errors.length - mostErrors} more: npx tsc --noEmit`);
    },
  };
};

const reasonOf = (error: unknown): string => {
  if (error instanceof DomainRefused) return [`the domain is refused: ${error.message}`, ...framesOf(error.trace).own].join('\n');
  return error instanceof Error ? error.message : String(error);
};

const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const shown = 3;
const named = (files: ReadonlySet<string>): string => {
  const names = [...files].map((file) => relative(process.cwd(), file));
  return names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ');
};
