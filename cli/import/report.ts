import progress from 'cli-progress';
import type { Tally } from './tally.ts';

/** A progress bar on standard error; a line every five seconds if that is not a terminal. */
export const barOf = (title: string, total: number, start = 0) => {
  const bar = new progress.SingleBar(
    {
      format: `${title.padEnd(9)} {bar} {percentage}% {value}/{total} {eta_formatted}`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5000,
      etaBuffer: 2000,
    },
    progress.Presets.shades_classic,
  );
  bar.start(total, start);
  return { at: (value: number) => bar.update(value), stop: () => bar.stop() };
};

/** `12,345` */
export const plain = (count: number): string => count.toLocaleString('en-US');

/** The summary of an import, as lines of text. */
export const summaryOf = (tally: Tally, seconds: number): readonly string[] => {
  const { lines, leftOut, recorded, wereThere, streams, movedLater, byType } = tally;
  const width = Math.max(0, ...byType.map(({ type }) => type.length));
  const rate = Math.round((recorded + wereThere) / Math.max(seconds, 0.001));
  return [
    `${plain(lines)} lines in ${seconds.toFixed(1)} s: ${plain(recorded)} events recorded, ${plain(wereThere)} were there already (${plain(rate)} events/s)`,
    `${plain(streams)} streams begin with them`,
    ...(leftOut === 0 ? [] : [`${plain(leftOut)} lines left out`]),
    ...(movedLater === 0
      ? []
      : [`${plain(movedLater)} events got a later time than their own: the time of the event before them in the stream`]),
    ...byType
      .toSorted((a, b) => (a.type < b.type ? -1 : 1))
      .map(
        (one) =>
          `  ${one.type.padEnd(width)} ${plain(one.recorded + one.wereThere).padStart(9)}  of them new ${plain(one.recorded).padStart(9)}`,
      ),
  ];
};
