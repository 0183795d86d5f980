import * as z from 'zod';
import { Invalid } from '../basics/errors.ts';
import { type Message, parse } from '../basics/messages.ts';
import { address } from '../basics/stream.ts';
import type { Commit, StoredEvent } from '../log/event-store.ts';
import { fromStored, toStored } from '../log/stored-events.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { Entry, LineFormat } from './mapping.ts';

const text = z.string().min(1);
const positive = z.int().min(1);

const metadata = z.object({
  ...{ tenant: text.optional(), aggregate: text, id: text, version: positive, recordedAt: z.iso.datetime({ precision: 3 }) },
  ...{ commandId: text, commandFrom: z.literal('client').optional(), correlationId: text, causationId: text, actor: text.optional() },
  ...{ by: text.optional(), depth: positive.optional(), commandType: text.optional(), commandSchema: positive.optional() },
});

/** The digest of a request has 15 bytes, and 16 if a release up to 0.2 recorded it. */
const digest = z
  .base64()
  .transform((base64) => new Uint8Array(Buffer.from(base64, 'base64')))
  .refine(({ length }) => length === 15 || length === 16, 'a digest has 15 or 16 bytes');

/** A line of `foldstream es export`: one event. The line of a commit's first event has what belongs to the whole commit. */
const exportedLine = z.object({
  type: text,
  /** Absent with `--lifted`: the data is of the current schema version. */
  schema: positive.optional(),
  data: z.unknown(),
  metadata,
  /** Releases up to 0.2 wrote neither `count` nor `request`. */
  commit: z
    .object({
      ...{ count: positive.optional(), request: digest.optional(), sealed: positive.optional() },
      answer: z.object({ schema: positive, data: z.unknown() }).optional(),
    })
    .optional(),
});
export type ExportedLine = z.output<typeof exportedLine>;

/** @throws Invalid (`InvalidData`), naming the fields that are wrong. */
export const readExportedLine = (line: unknown): ExportedLine => parse(exportedLine, line, 'the line');

/** Whether a line belongs to the commit of the line before it. */
export const goesOnFrom = (last: ExportedLine, next: ExportedLine): boolean =>
  next.commit === undefined && isSameCommit(next.metadata, last.metadata);

/** The commit of these lines, as it was stored. @throws Invalid (`InvalidData`) if a line is missing, or does not say its schema version. */
export const exportedCommit = (lines: readonly [ExportedLine, ...ExportedLine[]]): Commit => {
  const events = lines.map(({ type, schema, data }): StoredEvent => {
    if (schema === undefined) throw new Invalid('InvalidData', 'the event has no schema version: export it without --lifted');
    return { type, schema, data };
  });
  const { answer, sealed } = lines[0].commit ?? {};
  return { ...commitOf(lines, events), answer, sealed };
};

/**
 * The format of an export. Its commits are recorded as they were: streams, versions, times, ids, causes, and the schema versions of events.
 * `deciderNamed` throws if the domain has no such aggregate.
 */
export const exported = (deciderNamed: (aggregate: string) => AnyDecider): LineFormat => ({
  goesOn: (line, before) => {
    const [next, last] = [line, before].map((one) => exportedLine.safeParse(one).data);
    return next !== undefined && last !== undefined && goesOnFrom(last, next);
  },
  read: (lines) => entryOf(deciderNamed, lines.map(readExportedLine) as [ExportedLine, ...ExportedLine[]]),
});

type Metadata = ExportedLine['metadata'];

const isSameCommit = ({ version, ...next }: Metadata, { version: before, ...last }: Metadata): boolean =>
  version === before + 1 && JSON.stringify(next) === JSON.stringify(last);

const entryOf = (deciderNamed: (aggregate: string) => AnyDecider, lines: readonly [ExportedLine, ...ExportedLine[]]): Entry => {
  const [{ metadata, commit = {} }] = lines;
  const { tenant, aggregate, id, version, recordedAt, ...request } = metadata;
  const { answer, sealed, request: original } = commit;
  const decider = deciderNamed(aggregate);
  const stored = lines.map(({ type, schema, data }) => (schema === undefined ? newest(decider, { type, data }) : { type, schema, data }));
  const commitOfLines = commitOf(lines, stored);
  const events = fromStored(decider.events, commitOfLines).map(({ type, data }) => ({ type, data }));
  const command = { type: 'Import', data: stored };
  const { stream } = commitOfLines;
  return { decider, stream, request: { ...request, command, digest: original }, events, stored, version, answer, sealed, recordedAt };
};

/** @throws Invalid (`InvalidData`) if the commit has more events than the lines, or fewer. */
const commitOf = ([{ metadata, commit = {} }]: readonly [ExportedLine, ...ExportedLine[]], events: readonly StoredEvent[]): Commit => {
  const { tenant, aggregate, id, ...recorded } = metadata;
  const { count = events.length } = commit;
  if (count !== events.length)
    throw new Invalid('InvalidData', `the commit has ${count} events, and the file has ${events.length} of them here`);
  return { ...recorded, stream: address(aggregate, id, tenant), events };
};

/** An event of the current schema version, as this code records it. A type that is not declared is refused when the event is read. */
const newest = ({ events }: AnyDecider, event: Message): StoredEvent =>
  Object.hasOwn(events, event.type) ? (toStored(events, [event])[0] as StoredEvent) : { ...event, schema: 1 };
