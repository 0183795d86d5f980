import { type SchemaChange, same } from './bounds.ts';
import type { ProjectionShape, ScenarioResult } from './projections.ts';
import { newsIn, typesIn, typesOf } from './sample-streams.ts';

type Results = Pick<ProjectionShape, 'key' | 'events' | 'results' | 'scenarios'>;

/** A stream of which the code makes other documents than before. */
interface Difference {
  /** In words: `OrderShipped@1 after OrderPlaced@2`. */
  readonly stream: string;
  readonly types: readonly string[];
  readonly before: string;
  readonly after: string;
}

/**
 * The event types whose documents differ, each with the shortest stream that shows it. A longer stream with the same event type is no news.
 * Types that the projection did not listen to before, or no longer listens to, are told elsewhere.
 */
export const resultChanges = (path: string, was: Results, is: Results): readonly SchemaChange[] => {
  const inOne = [...was.events, ...is.events].filter((type) => !(was.events.includes(type) && is.events.includes(type)));
  return newsIn(differencesIn(was, is), inOne).map((difference) => changeOf(path, was.key, difference));
};

/** Both have the same streams and scenarios. */
const differencesIn = (was: Results, is: Results): readonly Difference[] => {
  const ofStreams = Object.entries(was.results).map(
    ([name, before]): Difference => ({ stream: inWords(name), types: typesIn(name), before, after: is.results[name] as string }),
  );
  const ofScenarios = Object.entries(was.scenarios).map(
    ([title, { given, documents }]): Difference => ({
      stream: `the scenario '${title}'`,
      types: typesOf(given),
      before: documents,
      after: (is.scenarios[title] as ScenarioResult).documents,
    }),
  );
  return [...ofStreams, ...ofScenarios].filter(({ before, after }) => before !== after);
};

const inWords = (name: string): string => {
  const events = name.split(' > ').map((step) => step.slice(0, step.indexOf('#')));
  return [events.at(-1), ...(events.length > 1 ? [events.slice(0, -1).join(', ')] : [])].join(' after ');
};

const changeOf = (path: string, key: Results['key'], { stream, types, ...texts }: Difference): SchemaChange => {
  const [was, is] = [parsed(texts.before), parsed(texts.after)];
  const [before, after] = differing(was, is);
  const change = { severity: 'incompatible', before, after } as const;
  if (key === 'events' && haveOtherKeys(was, is))
    return { ...change, path: `${path}.key`, change: `chooses other documents for ${stream}` };
  return { ...change, path: `${path}.evolve.${types.at(-1)}`, change: `makes another document of ${stream}` };
};

/** The keys of a result are in order. */
const haveOtherKeys = (was: unknown, is: unknown): boolean => isTable(was) && isTable(is) && !same(Object.keys(was), Object.keys(is));

/** A result is JSON, or words in place of it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Two documents, without the fields that are the same in both. */
const differing = (before: unknown, after: unknown): readonly [unknown, unknown] => {
  if (!isTable(before) || !isTable(after)) return [before, after];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !same(before[name], after[name]));
  const parts = names.map((name) => [name, differing(before[name], after[name])] as const);
  const side = (index: 0 | 1) =>
    Object.fromEntries(parts.flatMap(([name, pair]) => (pair[index] === undefined ? [] : [[name, pair[index]] as const])));
  return [side(0), side(1)];
};
