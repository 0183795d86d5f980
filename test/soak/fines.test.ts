import { resolve } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fromReadItem, type ReadItem } from '../../adapters/read-models/read-item.ts';
import { type AuditTotals, nothingAudited } from '../../core/audit/audit-totals.ts';
import type { Segment } from '../../core/log/event-store.ts';
import { auditSteps } from '../../core/operate/audit-steps.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { checkpointPrefix } from '../../core/read/read-models.ts';
import type { Rebuild } from '../../core/rebuild/rebuild-steps.ts';
import { revisionIn } from '../../core/rebuild/revisions.ts';
import { steward } from '../../core/rebuild/steward.ts';
import type { events } from '../../examples/fines/fine/events.ts';
import { domain } from '../../examples/fines/index.ts';
import { createEventsTable, createPointersTable, createReadTable } from '../support/dynamo.ts';
import { recordFines } from './fines-log.ts';
import { newProcess, type Process, type Tables } from './mortal.ts';

// The whole register of fines: 561,470 events of 150,370 streams that nobody on this project made up. Every projection is rebuilt from
// them, by a process that is killed on the way and another one that goes on; the sums are those that were published with the register.

const file = resolve(process.env['INIT_CWD'] ?? '.', process.env['FINES'] ?? '');
const fines = 150_370;
const eventCount = 561_470;
const finedCents = 6_723_851_64;
const paidCents = 3_601_464_53;
const counts: Readonly<Record<keyof typeof events, number>> = {
  FineCreated: 150_370,
  FineSent: 103_987,
  OffenderNotified: 79_860,
  PenaltyAdded: 79_860,
  PaymentReceived: 77_601,
  SentToCreditCollection: 59_013,
  AppealLodged: 4_188,
  AppealSentToPrefecture: 4_141,
  AppealResultReceived: 999,
  AppealResultNotified: 896,
  AppealedToJudge: 555,
};
/** As long as a Lambda has. */
const invocationSeconds = 600;
const hours = 3_600_000;

let tables: Tables;
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const perSecond = (count: number, began: number): string => {
  const seconds = (Date.now() - began) / 1000;
  return `${count.toLocaleString('en')} in ${seconds.toFixed(0)} s, ${Math.round(count / seconds).toLocaleString('en')} per second`;
};
const soon = (): Date => new Date(Date.now() + invocationSeconds * 1000);

beforeAll(async () => {
  const readModels: Record<string, string> = {};
  for (const projection of domain.projections) readModels[tableKey(projection)] = await createReadTable(projection);
  tables = { events: await createEventsTable(), pointers: await createPointersTable(), readModels };
}, 60_000);

test(
  'the register is recorded: every line is an event',
  async () => {
    const began = Date.now();
    expect(await recordFines(newProcess(domain, tables).client, tables.events, file)).toBe(eventCount);
    say(`recorded: ${perSecond(eventCount, began)}`);
    const { pointers, stores } = newProcess(domain, tables);
    const rebuilds = { start: async () => 'running' as const };
    expect(await steward({ ...stores, domain, pointers, rebuilds })).toHaveLength(domain.projections.length);
  },
  hours,
);

/** Fills what the pointer says is still to be filled: several segments side by side. Answers their errors. */
const fill = async ({ steps }: Process, rebuild: Rebuild): Promise<readonly unknown[]> => {
  const plan = await steps.plan(rebuild);
  const fillSegment = async (segment: Segment): Promise<void> => {
    while (!(await steps.fill({ ...rebuild, segment }, soon())).isDone);
  };
  const outcomes = await Promise.allSettled(plan.fill.map(fillSegment));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
};

const onRecord = async ({ pointers }: Process, { projection, revision }: Rebuild): Promise<number> =>
  revisionIn(await pointers.read(projection), revision).segments.reduce((sum, { commits }) => sum + commits, 0);

/** What the state machine of lib/rebuild.ts does once the fill has come to its end. */
const prove = async ({ steps, stores }: Process, rebuild: Rebuild): Promise<AuditTotals> => {
  const { audit } = await steps.plan(rebuild);
  let { round } = await steps.lead(rebuild);
  for (;;) {
    const audits = await Promise.all(
      audit.map(async (segment) => {
        let progress = nothingAudited;
        while (!progress.isDone) progress = await steps.audit({ ...rebuild, segment, progress }, soon());
        return progress;
      }),
    );
    const { isComplete, round: next, streams, missing, parked, ahead } = await steps.judge({ ...rebuild, audits, round });
    if (isComplete) return { streams, missing, parked, ahead };
    round = next;
    await stores.pause(6);
  }
};

// A document for each fine is a row for each fine; of many fines, so is a checkpoint. So a process has written about half.
describe.each(domain.projections.map((projection) => [projection.name, projection] as const))('%s', (name, projection) => {
  const rebuild = { projection: name, revision: projection.revision, attempt: 1 };
  test(
    'is filled by a process that is killed, and another one that goes on; then it is proven complete, and serves',
    async () => {
      const first = newProcess(domain, tables, fines / 2);
      const began = Date.now();
      const errors = await fill(first, rebuild);
      expect(errors.length).toBeGreaterThan(0);
      for (const error of errors) expect(error).toMatchObject({ name: 'Crash' });
      const kept = await onRecord(first, rebuild);
      expect(kept).toBeGreaterThan(eventCount / 10);
      say(`${name}: killed after ${first.written()} rows; ${perSecond(kept, began)}`);

      const second = newProcess(domain, tables);
      const again = Date.now();
      expect(await fill(second, rebuild)).toEqual([]);
      expect(await onRecord(second, rebuild)).toBe(eventCount);
      say(`${name}: filled from where it was; ${perSecond(eventCount - kept, again)}`);

      const asked = Date.now();
      expect(await prove(second, rebuild)).toEqual({ streams: fines, missing: 0, parked: 0, ahead: 0 });
      say(`${name}: audited; ${perSecond(fines, asked)}`);
      expect(await second.steps.serve(rebuild)).toEqual({ serves: projection.revision });
    },
    hours,
  );
});

/** Every document of a projection. */
async function* documentsOf({ client }: Process, projection: AnyProjection) {
  let from: Record<string, unknown> | undefined;
  do {
    const TableName = tables.readModels[tableKey(projection)];
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName, ExclusiveStartKey: from, ConsistentRead: true }),
    );
    for (const item of Items as ReadItem[]) if (!item.key.startsWith(checkpointPrefix)) yield fromReadItem(item).document as Document;
    from = LastEvaluatedKey;
  } while (from !== undefined);
}
type Document = Readonly<Record<string, number>> & { readonly events?: Readonly<Record<string, number>> };

test.each([
  ['fine-summary', { paidCents, payments: counts.PaymentReceived }],
  ['month-totals', { finedCents, paidCents }],
  ['officer-totals', { finedCents, fines }],
  ['vehicle-class-totals', { finedCents, fines }],
])(
  'the documents of %s add up to what was published',
  async (name, published) => {
    const projection = domain.projections.find((one) => one.name === name) as AnyProjection;
    const sums = Object.fromEntries(Object.keys(published).map((field) => [field, 0]));
    const ofTypes: Record<string, number> = {};
    for await (const document of documentsOf(newProcess(domain, tables), projection)) {
      for (const field of Object.keys(sums)) sums[field] = (sums[field] ?? 0) + (document[field] ?? 0);
      for (const [type, count] of Object.entries(document.events ?? {})) ofTypes[type] = (ofTypes[type] ?? 0) + count;
    }
    say(`${name}: ${JSON.stringify({ ...sums, ...ofTypes })}`);
    expect(sums).toEqual(published);
    if (name === 'month-totals') expect(ofTypes).toEqual(counts);
  },
  hours,
);

test(
  'the audit that runs by the clock finds every event of every stream in every projection',
  async () => {
    const { stores, pointers } = newProcess(domain, tables);
    const reports: AuditTotals[] = [];
    const steps = auditSteps({
      domain,
      stores,
      pointers,
      onFinding: (finding) => say(JSON.stringify(finding)),
      onReport: (totals) => void reports.push(totals),
    });
    const { projections, audit } = await steps.plan();
    expect(projections).toHaveLength(domain.projections.length);
    const began = Date.now();
    const audits = await Promise.all(
      audit.map(async (segment) => {
        let progress = nothingAudited;
        while (!progress.isDone) progress = await steps.audit({ projections, segment, progress }, soon());
        return progress;
      }),
    );
    const report = await steps.report({ audits });
    expect(report).toEqual({ streams: fines, missing: 0, parked: 0, ahead: 0 });
    expect(reports).toEqual([report]);
    say(`audited: ${JSON.stringify(report)}; ${perSecond(fines, began)}`);
  },
  hours,
);
