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
type ExportedLine = z.output<typeof exportedLine>;

/**
 * The format of an export. Its commits are recorded as they were: streams, versions, times, ids, causes, and the schema versions of events.
 * `deciderNamed` throws if the domain has no such aggregate.
 */
export const exported = (deciderNamed: (aggregate: string) => AnyDecider): LineFormat => ({
  goesOn: (line, before) => {
    const [next, last] = [line, before].map((one) => exportedLine.safeParse(one).data);
    return next !== undefined && last !== undefined && next.commit === undefined && isSameCommit(next.metadata, last.metadata);
  },
  read: (lines) => entryOf(deciderNamed, lines.map((one) => parse(exportedLine, one, 'the line')) as [ExportedLine, ...ExportedLine[]]),
});

type Metadata = ExportedLine['metadata'];

const isSameCommit = ({ version, ...next }: Metadata, { version: before, ...last }: Metadata): boolean =>
  version === before + 1 && JSON.stringify(next) === JSON.stringify(last);

const entryOf = (deciderNamed: (aggregate: string) => AnyDecider, lines: readonly [ExportedLine, ...ExportedLine[]]): Entry => {
  const [{ metadata: first, commit = {} }] = lines;
  const { tenant, aggregate, id, version, recordedAt, ...request } = first;
  const { count = lines.length, answer, sealed, request: original } = commit;
  if (count !== lines.length)
    throw new Invalid('InvalidData', `the commit has ${count} events, and the file has ${lines.length} of them here`);
  const decider = deciderNamed(aggregate);
  const stream = address(decider.name, id, tenant);
  const stored = lines.map(({ type, schema, data }) => (schema === undefined ? newest(decider, { type, data }) : { type, schema, data }));
  const commitOf: Commit = { stream, version, events: stored, recordedAt, ...request };
  const events = fromStored(decider.events, commitOf).map(({ type, data }) => ({ type, data }));
  const command = { type: 'Import', data: stored };
  return { decider, stream, request: { ...request, command, digest: original }, events, stored, version, answer, sealed, recordedAt };
};

/** An event of the current schema version, as this code records it. A type that is not declared is refused when the event is read. */
const newest = ({ events }: AnyDecider, event: Message): StoredEvent =>
  Object.hasOwn(events, event.type) ? (toStored(events, [event])[0] as StoredEvent) : { ...event, schema: 1 };
