import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { attributeTypes, type CommitItem, hashOf, type Predecessor, readItem, versionAfter } from '../../adapters/event-log/commit-item.ts';
import { isSnapshotIntact } from '../../adapters/event-log/snapshot.ts';
import type { Commit } from '../../core/log/event-store.ts';
import type { StoredItem } from './scan.ts';

/** The first commit of a stream that is not stored as it was written. */
export interface Fault {
  readonly stream: string;
  readonly version: number;
  readonly what: string;
}

/** An intact commit, as the predecessor of the next one. */
export interface Link extends Predecessor {
  readonly events: number;
}

/** Checks that the item is the commit after `before`, to the last byte. Returns the link to the next commit, or the fault. */
export const follow = (before: Predecessor, stored: StoredItem): Link | Fault => {
  const { stream } = before;
  const version = Number(stored['version']?.N);
  if (version > before.version + 1)
    return { stream, version: before.version + 1, what: `is missing: the next commit begins at version ${version}` };
  if (version !== before.version + 1)
    return { stream, version, what: `is stored twice: version ${before.version} is in the commit before` };
  try {
    demandPlainForm(stored);
    const item = unmarshall(stored as Record<string, AttributeValue>) as CommitItem;
    demand(Object.keys(item).length === Object.keys(stored).length, 'has an unknown attribute');
    demandLikeWritten(before, item);
    return { stream, version: versionAfter(item), at: item.at, hash: item.hash, events: item.count };
  } catch (error) {
    return { stream, version, what: (error as Error).message };
  }
};

const demand = (holds: boolean, fault: string): void => {
  if (!holds) throw new Error(fault);
};

type Optional = { [A in keyof CommitItem]-?: undefined extends CommitItem[A] ? A : never }[keyof CommitItem];
const optional: { readonly [A in Optional]: true } = {
  ...{ correlation: true, causation: true, actor: true, by: true, depth: true, commandType: true, commandSchema: true },
  ...{ answer: true, inflated: true, sealed: true, snapshot: true },
};

/** Checks the types of the attributes, because a value of another type may be read as the same value. */
const demandPlainForm = (stored: StoredItem): void => {
  for (const [name, allowed] of Object.entries(attributeTypes)) {
    const [type] = Object.keys(stored[name] ?? {});
    if (type === undefined) demand(Object.hasOwn(optional, name), `has lost its attribute '${name}'`);
    else
      demand(
        allowed.some((one) => one === type),
        `'${name}' has another type: ${type}`,
      );
  }
  demand(
    (stored['types']?.L ?? []).every(({ S }) => S !== undefined),
    `'types' has an entry that is not a text`,
  );
  // JavaScript would round a decimal number that it cannot represent, and the change would not be seen.
  for (const [name, { N }] of Object.entries(stored))
    demand(N === undefined || String(Number(N)) === N, `'${name}' is not a plain number: ${N}`);
};

/** Checks first what an error text can describe. The hash then finds every other change. */
const demandLikeWritten = (before: Predecessor, item: CommitItem): void => {
  const { events, recordedAt } = decoded(item);
  demand(events.length > 0, 'holds no event');
  demand(events.length === item.count, `'count' says ${item.count}, but it holds ${events.length} events`);
  const names = events.map(({ type }) => type);
  demand(names.join('\n') === item.types.join('\n'), `'types' says ${item.types.join(', ')}, but it holds ${names.join(', ')}`);
  demand(recordedAt >= before.at, `was recorded at ${recordedAt}, before the commit before it (${before.at})`);
  demand(
    Buffer.compare(hashOf(before.hash, item), item.hash) === 0,
    'does not match its hash: it was altered after it was written, or the commit before it was',
  );
  demand(isSnapshotIntact(item), `'snapshot' does not match its seal: it was altered after it was written`);
};

const decoded = (item: CommitItem): Commit => {
  const commit = readItem(item);
  demand(commit.damage === undefined, `its events cannot be read: ${commit.damage}`);
  demand(
    commit.events.every(({ schema }) => schema >= 1),
    'its events cannot be read: they are no events',
  );
  return commit;
};
