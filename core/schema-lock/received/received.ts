import { rowOf } from '../../basics/messages.ts';
import { type Domain, inboxesOf } from '../../registry/domain.ts';
import { same } from '../bounds.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';
import type { SourceOf } from '../lock.ts';

/** The key of the inboxes in the schema lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const inboxesKey = 'received-by-inboxes';

/** What the ids of an inbox's commands are made of, and the events that it receives. */
export interface InboxShape {
  readonly format: string;
  /** The sources of the functions that read an event's source and id. Absent if the format itself says where they are. */
  readonly identity?: readonly string[];
  /** Sorted. */
  readonly receives: readonly string[];
}

/** By the inbox's name. */
export type InboxShapes = Readonly<Record<string, InboxShape>>;

/** @throws Error if the source of a function is not visible. */
export const inboxShapes = (domain: Domain, sourceOf: SourceOf): InboxShapes =>
  Object.fromEntries(
    inboxesOf(domain).map(({ name, format: { kind, identity }, receives }) => [
      name,
      {
        format: kind,
        ...(identity === undefined ? {} : { identity: identity.map((one) => (typeof one === 'string' ? one : sourceOf(one))) }),
        receives: Object.keys(receives).sort(),
      },
    ]),
  );

/** All differences. A message that is delivered again during a deployment has to find the inbox under its name, and to have the same id. */
export const compareInboxes = (locked: InboxShapes, current: InboxShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `inbox ${name}`;
    const [was, is] = [rowOf<InboxShape>(locked, name), rowOf<InboxShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new inbox' })];
    if (is === undefined) return [gone(path)];
    const [before, after] = [
      { format: was.format, identity: was.identity },
      { format: is.format, identity: is.identity },
    ];
    const identity = same(before, after) ? [] : [otherIds(path, before, after)];
    const { receives: types } = was;
    return same(types, is.receives)
      ? identity
      : [...identity, compatible({ path, change: 'receives other events', before: types, after: is.receives })];
  });

const gone = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'messages that wait in its queue cause nothing. Under another name, the commands have other ids: those of an event that is delivered again are carried out twice',
    remedy:
      'keep the name. To end the inbox, wait until its queue is empty and `npm run es -- processes` lists nothing; then accept it with --incompatible',
  });

const otherIds = (path: string, before: unknown, after: unknown): SchemaFinding =>
  incompatible({
    ...{ path, change: 'reads the source and the id of an event in another way', before, after },
    breaks: 'if an event has another source or id now, it acts a second time when it is delivered again',
    remedy: 'keep the way; if each event has the same source and id as before, or none is delivered again, accept it with --incompatible',
  });
