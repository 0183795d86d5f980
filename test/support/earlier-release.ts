import { createHash } from 'node:crypto';
import type { CommitLog } from '../../adapters/event-log/commit-log.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import type { EventStore, Request } from '../../core/log/event-store.ts';

/** An event store that stores the id and the digest of a request as releases up to 0.2 did. The data of its commands have one key each. */
export const storeOfEarlierRelease = (log: CommitLog, now: () => Date): EventStore => {
  let asked: Request;
  const store = eventStore(
    {
      ...log,
      putNew: (item, terms) => {
        const text = JSON.stringify([asked.command.type, asked.command.data]);
        const request = new Uint8Array(createHash('sha256').update(text).digest().subarray(0, 16));
        return log.putNew({ ...item, command: asked.commandId, request }, terms);
      },
    },
    now,
  );
  return {
    ...store,
    append: (tail, request, decided) => {
      asked = request;
      return store.append(tail, request, decided);
    },
  };
};
