import type { Change } from './differences.ts';

/**
 * What a rehearsal says of one stream or document of one member. `fails`: the next release cannot take an event. `asToday`: nor can the
 * released one. `healed`: only the released one cannot. `differs`: the results must be equal and are not. `changed`: the results are not
 * equal, and need not be: the member has another revision, or its results are for later events only.
 */
export type Verdict = 'ok' | 'fails' | 'asToday' | 'healed' | 'differs' | 'changed';

/** One stream or document that a verdict is about. */
export interface Example {
  /** `aggregate order`, `projection order-summary@1`, `publication orders`, `saga fulfilment`. */
  readonly member: string;
  readonly verdict: Exclude<Verdict, 'ok'>;
  /** The event, as `order-42@8`; for a difference between documents the document's key. */
  readonly at: string;
  /** The line of the export: of the event, or of the last event in the result. */
  readonly line: number;
  /** Why the event cannot be taken. */
  readonly error?: string;
  /** The fields that differ, the first ones. */
  readonly changes?: readonly Change[];
}

/** How many streams or documents of a member got each verdict. */
export type Counts = Readonly<Record<Verdict, number>>;

export interface Totals {
  readonly streams: number;
  readonly commits: number;
  readonly events: number;
  readonly members: Readonly<Record<string, Counts>>;
  /** The first ones of each member and verdict, in the order of the export. */
  readonly examples: readonly Example[];
}

export const noCounts: Counts = { ok: 0, fails: 0, asToday: 0, healed: 0, differs: 0, changed: 0 };
export const noTotals: Totals = { streams: 0, commits: 0, events: 0, members: {}, examples: [] };

/** Whether the next release fails, or differs where it must not. */
export const isClean = ({ members }: Totals): boolean => Object.values(members).every(({ fails, differs }) => fails + differs === 0);

/** The totals of two parts of a history. Of the examples the first `most` of each member and verdict are kept. */
export const sumOf = (one: Totals, other: Totals, most: number): Totals => ({
  streams: one.streams + other.streams,
  commits: one.commits + other.commits,
  events: one.events + other.events,
  members: Object.fromEntries(
    [...new Set([...Object.keys(one.members), ...Object.keys(other.members)])].map((name) => [
      name,
      sumOfCounts(one.members[name], other.members[name]),
    ]),
  ),
  examples: firstOf([...one.examples, ...other.examples], most),
});

const sumOfCounts = (one: Counts = noCounts, other: Counts = noCounts): Counts => ({
  ok: one.ok + other.ok,
  fails: one.fails + other.fails,
  asToday: one.asToday + other.asToday,
  healed: one.healed + other.healed,
  differs: one.differs + other.differs,
  changed: one.changed + other.changed,
});

const firstOf = (examples: readonly Example[], most: number): readonly Example[] =>
  [...Map.groupBy(examples, ({ member, verdict }) => `${verdict} ${member}`).values()].flatMap((alike) =>
    alike.toSorted((a, b) => a.line - b.line || (a.at < b.at ? -1 : 1)).slice(0, most),
  );

/** Counts verdicts, and keeps the first examples. */
export interface Tally {
  readonly member: (name: string, verdict: Verdict, example?: () => Omit<Example, 'member' | 'verdict'>) => void;
  readonly commit: (events: number, isFirst: boolean) => void;
  readonly totals: () => Totals;
}

export const tallyOf = (most: number): Tally => {
  const members = new Map<string, Record<Verdict, number>>();
  const count = { streams: 0, commits: 0, events: 0 };
  let examples: readonly Example[] = [];
  const countsOf = (name: string): Record<Verdict, number> => {
    const found = members.get(name) ?? { ...noCounts };
    members.set(name, found);
    return found;
  };
  return {
    member: (name, verdict, example) => {
      countsOf(name)[verdict] += 1;
      if (verdict === 'ok' || example === undefined) return;
      examples = [...examples, { member: name, verdict, ...example() }];
      if (examples.length > 100 * Math.max(1, most)) examples = firstOf(examples, most);
    },
    commit: (events, isFirst) => {
      count.streams += isFirst ? 1 : 0;
      count.commits += 1;
      count.events += events;
    },
    totals: () => ({ ...count, members: Object.fromEntries(members), examples: firstOf(examples, most) }),
  };
};
