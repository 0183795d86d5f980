import progress from 'cli-progress';

/** Shows on stderr how far a walk through the table, or through a bucket, is. */
export interface Progress {
  add(count: number): void;
  /** A line on stdout, beside the bar. */
  say(line: string): void;
  stop(): void;
}

/** `expected` is what DynamoDB says of the table, and may be old; the bar goes on beyond it. */
export const progressOf = (title: string, expected: number, what = 'commits'): Progress => {
  const bar = new progress.SingleBar(
    {
      format: `${title} {bar} {value}/{total} ${what} {eta_formatted}`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5000,
      hideCursor: true,
    },
    progress.Presets.shades_classic,
  );
  let done = 0;
  bar.start(Math.max(expected, 1), 0);
  return {
    add: (count) => {
      done += count;
      if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done);
    },
    say: (line) => {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      console.log(line);
    },
    stop: () => {
      bar.setTotal(Math.max(done, 1));
      bar.stop();
    },
  };
};

/** 561470 → 561,470 */
export const plain = (count: number): string => count.toLocaleString('en-US');

/** `1 stream`, `2 streams` */
export const counted = (count: number, noun: string, plural = `${noun}s`): string => `${plain(count)} ${count === 1 ? noun : plural}`;
