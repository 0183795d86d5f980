import type { Message } from '../../core/basics/messages.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type EventStore, recallWindow } from '../../core/log/event-store.ts';
import { anyCommand, appendTo, loadAll, request } from './requests.ts';

/** Appends commits of others with this event, until the stream has forgotten the commands before them. */
export const forget = async (store: EventStore, stream: Address, event: Message): Promise<void> => {
  let { tail } = await loadAll(store, stream);
  for (let time = 0; time < recallWindow; time++) ({ tail } = await appendTo(store, tail, request(anyCommand), [{ ...event, schema: 1 }]));
};
