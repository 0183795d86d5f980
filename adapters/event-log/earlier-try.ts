import { Invalid } from '../../core/basics/errors.ts';
import { type Request, recallWindow } from '../../core/log/event-store.ts';
import type { CommitItem } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';
import { hasSameData, hasSameId } from './same-request.ts';
import { recallKey } from './snapshot.ts';
import type { StreamEnd } from './stream-end.ts';
import { itemAt } from './stream-reader.ts';

// Finds the commit of an earlier try of a request: among the requests that the end of the stream remembers, and for a process's request
// also in the log before them (docs/decisions/0029-tries-of-processes.md).

/** Whether the item was written for this request. @throws Invalid (`IdempotencyKeyReused`) if only the id is the same. */
export const isOf = (request: Request, item: CommitItem): boolean => {
  if (!hasSameId(item, request)) return false;
  if (hasSameData(item, request)) return true;
  throw new Invalid('IdempotencyKeyReused', `'${request.commandId}' was used on ${item.stream} with another command or other data`);
};

/**
 * The item of an earlier try of this request. `compared`: an earlier end of the same stream; all commits up to it were compared with the
 * request. @throws Invalid (`IdempotencyKeyReused`).
 */
export const earlierTry = async (
  log: CommitLog,
  end: StreamEnd,
  request: Request,
  compared: StreamEnd | undefined,
): Promise<CommitItem | undefined> => (await remembered(log, end, request)) ?? (await searched(log, end, request, compared));

/** The item of an earlier try, if the end remembers it. */
const remembered = async (log: CommitLog, end: StreamEnd, request: Request): Promise<CommitItem | undefined> => {
  const key = recallKey(request.commandId);
  for (const { version, item } of end.remembered.filter((one) => one.key === key)) {
    const found = item ?? (await itemAt(log, end.stream, version));
    if (found !== undefined && isOf(request, found)) return found;
  }
  return undefined;
};

/** The most commits of a page of the search. The first page is small, because the time of the cause is often near. */
const mostCommits = 4096;

/**
 * The item of an earlier try, if it is older than what the end remembers. It reads backwards, strongly consistent, to the time before
 * which the request was not tried, and one page at a time. Only a process's request has such a time.
 */
const searched = async (
  log: CommitLog,
  { stream, version, remembered: [oldest, ...others] }: StreamEnd,
  request: Request,
  compared: StreamEnd | undefined,
): Promise<CommitItem | undefined> => {
  const { tries } = request;
  if (tries === undefined || oldest === undefined) return undefined;
  // Nothing is before the first end of a first try. A later end may be far from it, and a second try may have come in between.
  const from = 1 + (compared?.version ?? (tries.isFirst ? version : 0));
  let to = oldest.version - 1;
  if (to < from) return undefined;
  const since = Date.parse(await tries.since());
  const isOlder = (item: CommitItem | undefined): boolean => item !== undefined && Date.parse(item.at) < since;
  if ([oldest, ...others].some(({ item }) => isOlder(item))) return undefined; // A stream's times never run backwards.
  for (let limit = recallWindow; to >= from; limit = Math.min(limit * 4, mostCommits)) {
    const { items, more } = await log.query(stream, { from, to, limit, newestFirst: true, consistency: 'strong' });
    const found = items.find((item) => isOf(request, item));
    if (found !== undefined) return found;
    const last = items.at(-1);
    if (last === undefined || !more || isOlder(last)) return undefined;
    to = last.version - 1;
  }
  return undefined;
};
