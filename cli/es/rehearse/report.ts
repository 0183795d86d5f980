import type { Change } from '../../../core/rehearse/differences.ts';
import { type Counts, type Example, isClean, type Verdict } from '../../../core/rehearse/totals.ts';
import { counted, plain } from '../progress.ts';
import type { Rehearsed } from './rehearsal.ts';

export interface Report extends Rehearsed {
  readonly seconds: number;
  /** What the next release is compared with; absent if it is rehearsed alone. */
  readonly against?: string | undefined;
  /** The members of the released domain that the next one does not have. */
  readonly removed: readonly string[];
}

const shownChanges = 5;

const headings: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  fails: 'fails',
  asToday: 'as today',
  healed: 'healed',
  differs: 'differs',
  changed: 'changed',
};

/** The report as lines of text. */
export const linesOf = (report: Report): readonly string[] => {
  const { streams, commits, events, seconds, workers, examples, members, against, removed } = report;
  const rate = plain(Math.round(events / Math.max(seconds, 0.001)));
  const verdicts: readonly Verdict[] = against === undefined ? ['ok', 'fails'] : (Object.keys(headings) as Verdict[]);
  return [
    `${counted(streams, 'stream')}, ${counted(commits, 'commit')}, ${counted(events, 'event')} in ${seconds.toFixed(1)} s with ${counted(workers, 'worker')} (${rate} events/s)`,
    '',
    ...tableOf(members, verdicts),
    ...removed.map((member) => `${member} is not in the next release`),
    ...verdicts.filter((verdict) => verdict !== 'ok').flatMap((verdict) => examplesOf(verdict, report, examples)),
    '',
    conclusionOf(report),
  ];
};

const tableOf = (members: Rehearsed['members'], verdicts: readonly Verdict[]): readonly string[] => {
  const names = Object.keys(members).toSorted();
  const width = Math.max(0, ...names.map(({ length }) => length));
  const row = (name: string, cells: readonly string[]): string => `${name.padEnd(width)}${cells.map((cell) => cell.padStart(11)).join('')}`;
  return [
    row(
      '',
      verdicts.map((verdict) => headings[verdict]),
    ),
    ...names.map((name) =>
      row(
        name,
        verdicts.map((verdict) => plain((members[name] as Counts)[verdict])),
      ),
    ),
  ];
};

const examplesOf = (verdict: Verdict, { members }: Report, examples: readonly Example[]): readonly string[] =>
  Object.keys(members)
    .toSorted()
    .flatMap((member) => {
      const shown = examples.filter((one) => one.member === member && one.verdict === verdict);
      const count = members[member]?.[verdict] ?? 0;
      if (count === 0) return [];
      const more = count > shown.length && shown.length > 0 ? [`  and ${plain(count - shown.length)} more`] : [];
      return ['', `${member} ${headings[verdict]}: ${plain(count)}`, ...shown.flatMap(linesOfExample), ...more];
    });

const linesOfExample = ({ at, line, error, changes = [] }: Example): readonly string[] => [
  `  ${at}${line > 0 ? ` (line ${line})` : ''}${error === undefined ? '' : `: ${error}`}`,
  ...changes.slice(0, shownChanges).map((change) => `    ${textOf(change)}`),
  ...(changes.length > shownChanges ? [`    and ${changes.length - shownChanges} more fields`] : []),
];

const textOf = ({ path, today = 'absent', next = 'absent' }: Change): string => `${path === '' ? '' : `${path}: `}${today} → ${next}`;

const conclusionOf = (report: Report): string => {
  if (!isClean(report)) return 'The next release fails or differs.';
  return report.against === undefined
    ? 'The next release can take this history.'
    : `The next release does with this history what ${report.against} does.`;
};
