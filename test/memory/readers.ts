// What a function, or the command line, does with the whole log: node --max-old-space-size=N test/memory/readers.ts WORK TABLE
import { existsSync, readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { streamRoutes } from '../../adapters/http/stream-routes.ts';
import { deliver } from '../../adapters/lambda/stream-batch.ts';
import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { auditSegment, nothingAudited, sum } from '../../core/audit/audit-totals.ts';
import type { BringUp } from '../../core/read/ports.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { project } from '../../core/read/projector.ts';
import { rebuildSteps } from '../../core/rebuild/rebuild-steps.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { recordOf } from '../support/read-lambda.ts';
import { tally } from '../support/tally.ts';

const [work = '', table = ''] = process.argv.slice(2);

const lengths = defineProjection({
  name: 'lengths',
  revision: 1,
  events: tally.events,
  document: z.object({ characters: z.int() }),
  initialState: (): { readonly characters: number } => ({ characters: 0 }),
  evolve: { Added: ({ characters }, { note = '' }) => ({ characters: characters + note.length }) },
});
const domain = defineDomain({ deciders: [tally], projections: [lengths] });

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({ endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '', region: 'eu-central-1', credentials }),
);
const now = (): Date => new Date();
const eventStore = dynamoEventStore({ client, table, names: '', now });
const stores = { eventStore, readModels: memoryReadModels(), now, pause: async () => {} };
const isListening = () => true;
const never = new Date(8.64e15);
const segments = [0, 1, 2, 3].map((index) => ({ index, of: 4 }));

const repair: BringUp = (...args) => project(stores, ...args);

const audit = async (repairs?: BringUp) => {
  const totals = [];
  for (const segment of segments) {
    const auditing = { stores, projections: [lengths], isListening, repairs, segment, progress: nothingAudited, until: never };
    totals.push(await auditSegment({ ...auditing, onFinding: () => {} }));
  }
  const { streams, missing } = sum(totals);
  return { streams, missing };
};

const rebuild = async () => {
  const pointers = memoryPointers();
  await steward({ ...stores, domain, pointers, rebuilds: { start: async () => 'running' } });
  const steps = rebuildSteps({ domain, stores, pointers, pause: stores.pause, onFinding: () => {} });
  const one = { projection: 'lengths', revision: 1, attempt: 1 };
  const planned = await steps.plan(one);
  for (const segment of planned.fill) await steps.fill({ ...one, segment }, never);
  await steps.lead(one);
  const audits = [];
  for (const segment of planned.audit) audits.push(await steps.audit({ ...one, segment, progress: nothingAudited }, never));
  const { isComplete, streams } = (await steps.judge({ ...one, audits, round: 3 })) as { isComplete: boolean; streams: number };
  return { isComplete, streams };
};

/** Batches as Lambda delivers them: 100 records. The batches have every second commit first, so that gaps are read from the log. */
const projected = async () => {
  const items: CommitItem[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }));
    items.push(...((page.Items ?? []) as CommitItem[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  const records = [...items.filter((_, index) => index % 2 === 1), ...items.filter((_, index) => index % 2 === 0)].map((item, index) =>
    recordOf(item, String(index)),
  );
  for (let rest = records; rest.length > 0; rest = rest.slice(100))
    for (const error of (await deliver(rest.slice(0, 100), (deliveries) => project(stores, lengths, deliveries))).values()) throw error;
  return audit();
};

/** All pages of the long stream, as GET /streams answers them. */
const streamed = async () => {
  const { stream } = streamRoutes({ domain, eventStore });
  let events = 0;
  for (let from: number | undefined = 1; from !== undefined; ) {
    const request = { params: { aggregate: 'tally', id: 'long' }, query: { from, limit: 1000, order: 'asc' }, caller: {} };
    const { body } = await stream(request as never);
    const { items, next } = body as { readonly items: readonly unknown[]; readonly next?: string };
    events += items.length;
    from = next === undefined ? undefined : Number(new URLSearchParams(next.split('?')[1]).get('from'));
  }
  return { events };
};

const works: Readonly<Record<string, () => Promise<object>>> = {
  audit: () => audit(),
  repair: () => audit(repair),
  rebuild,
  projector: projected,
  stream: streamed,
};
const result = await works[work]?.();
client.destroy();
/** The most memory that the process has held. `maxRSS` of Linux counts what the parent held when it started this process. */
const mostKilobytes = (): number => {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
};
console.log(JSON.stringify({ ...result, megabytes: Math.round(mostKilobytes() / 1024) }));
