import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { s3Anchors } from '../../adapters/outbound/s3-anchors.ts';
import { anchorsSaid } from '../../cli/es/anchors.ts';
import type { EventsTable } from '../../cli/es/events-table.ts';
import { type AnchorProgress, anchorSteps, type ChainLog, type Head } from '../../core/audit/anchor-steps.ts';
import { type Fate, objectStore } from '../support/object-store.ts';

// Whatever becomes of a request, an anchor that is told to be whole is whole, and half an anchor is none.

const head = (stream: string, version: number): Head => ({ stream, version, hash: Buffer.from(`${stream}@${version}`).toString('base64') });
const heads = Array.from({ length: 7 }, (_, index) => head(`jar-${index}`, index + 1));

/** Two segments of the log with something in them, each in pages of two. */
const logOf = (all: readonly Head[]): ChainLog => ({
  scan: async ({ index }, cursor = '0') => {
    const own = index === 0 ? all.slice(0, 4) : index === 3 ? all.slice(4) : [];
    const end = Number(cursor) + 2;
    return { commits: own.slice(Number(cursor), end), ...(end < own.length ? { cursor: String(end) } : {}) };
  },
});

let objects: Awaited<ReturnType<typeof objectStore>>;
beforeEach(async () => {
  objects = await objectStore('anchors');
});
afterEach(() => objects.close());

let clock = 0;
/** As the state machine of lib/anchor.ts does it: each page is a step, and a step that fails is tried again; `tries` times in all. */
const anchor = async (tries: number, all = heads): Promise<void> => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new S3Client({ endpoint: objects.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const steps = anchorSteps({ log: logOf(all), store: s3Anchors({ client, bucket: 'anchors' }), now: () => new Date(++clock) });
  let left = tries;
  const patiently = async <T>(does: () => Promise<T>): Promise<T> => {
    for (;;)
      try {
        return await does();
      } catch (error) {
        left -= 1;
        if (left <= 0) throw error;
      }
  };
  const { anchor: name, segments } = await steps.plan();
  const done: AnchorProgress[] = [];
  for (const segment of segments) {
    let progress: AnchorProgress = { streams: 0, isDone: false };
    while (!progress.isDone) progress = await patiently(() => steps.anchor({ anchor: name, segment, progress }, new Date(0)));
    done.push(progress);
  }
  await patiently(() => steps.complete({ anchor: name, segments: done }));
};

/** What the tools find, of the newest anchor or of all. */
const known = async (said: 'latest' | 'all') => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  const place = { table: 'events', region: 'us-east-1', anchors: { bucket: 'anchors', endpoint: objects.url } };
  const all: Head[][] = [];
  for (const { heads: found } of await anchorsSaid({ place } as EventsTable, said)) {
    const one: Head[] = [];
    for await (const kept of found) one.push(kept);
    all.push(one);
  }
  return all;
};
const sorted = (found: readonly Head[] = []) => found.toSorted((one, other) => (one.stream < other.stream ? -1 : 1));

const requests = 5; // Four parts, and the word that it is whole.
const nths = Array.from({ length: requests }, (_, index) => index + 1);

test('without a fault it takes the expected requests', async () => {
  objects.restart();
  await anchor(1);
  expect(objects.requests()).toBe(requests);
});

describe.each<Fate>(['throttle', 'drop', 'lost'])('a put that meets %s', (fault) => {
  test.each(nths)('is tried again, the %dth: there is one complete anchor', async (at) => {
    objects.restart((nth) => (nth === at ? fault : 'pass'));
    await anchor(2);
    objects.restart();
    expect((await known('all')).map(sorted)).toEqual([heads]);
  });

  test.each(nths)('for good, from the %dth on: no incomplete anchor is read, and the next day makes a complete one', async (at) => {
    objects.restart((nth) => (nth >= at ? fault : 'pass'));
    await expect(anchor(1)).rejects.toThrow();
    objects.restart();
    const isWhole = fault === 'lost' && at === requests;
    if (!isWhole) await expect(known('latest')).rejects.toThrow('There is no anchor in anchors yet');
    await anchor(1);
    const [newest] = await known('latest');
    expect(sorted(newest)).toEqual(heads);
  });
});

test('if the log grows between a put and its repetition, a part is left that no anchor names', async () => {
  const grown = heads.map((one, index) => (index === 0 ? head(one.stream, 9) : one));
  let isFirst = true;
  const log: ChainLog = {
    scan: (...args) => {
      const all = isFirst ? heads : grown;
      return logOf(all).scan(...args);
    },
  };
  const client = new S3Client({
    ...{ endpoint: objects.url, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const steps = anchorSteps({ log, store: s3Anchors({ client, bucket: 'anchors' }), now: () => new Date(++clock) });
  const { anchor: name, segments } = await steps.plan();
  const begin: AnchorProgress = { streams: 0, isDone: false };
  const step = (segment: (typeof segments)[number]) => steps.anchor({ anchor: name, segment, progress: begin }, new Date(9e15));
  await step(segments[0] as (typeof segments)[number]); // Its answer is lost.
  isFirst = false;
  await steps.complete({ anchor: name, segments: await Promise.all(segments.map(step)) });
  const [newest] = await known('latest');
  expect(sorted(newest)).toEqual(grown);
});
