import { fromItem } from '../../adapters/event-log/commit-item.ts';
import { Refusal } from '../../core/basics/errors.ts';
import type { Request } from '../../core/log/event-store.ts';
import { type CommandOf, decide, type EventOf, fold } from '../../core/write/decider.ts';
import { tally } from '../support/tally.ts';
import type { Outcome } from './model.ts';

export type Wish = Request & { readonly command: CommandOf<typeof tally> };
type Event = EventOf<typeof tally>;

/** One try of a request, and how many commits the stream had when it began and when it was answered. */
export interface Operation {
  readonly wish: Wish;
  readonly began: number;
  readonly ended: number;
  /** Absent: the answer was lost. */
  readonly outcome: Outcome | undefined;
}

export interface Committed {
  readonly commandId: string;
  readonly events: readonly Event[];
}
export const commitOf = (item: Parameters<typeof fromItem>[0]): Committed => {
  const { commandId, events } = fromItem(item);
  return { commandId, events: events.map(({ type, data }) => ({ type, data }) as Event) };
};

/**
 * Where the answers contradict the one history that the stream has. Its order is that of its commits, so it is enough to place
 * each answer in it: no earlier than what was there when it was asked, no later than what was there when it was answered.
 */
export const faultsIn = (commits: readonly Committed[], operations: readonly Operation[]): readonly string[] => {
  const histories = Array.from({ length: commits.length + 1 }, (_, after) => commits.slice(0, after).flatMap(({ events }) => events));
  /** What the stream says when it has so many commits. */
  const said = ({ command }: Wish, after: number): readonly Event[] | string => {
    try {
      return decide(tally, command, fold(tally, histories[after] ?? []));
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  };
  const faults: string[] = [];
  for (const [index, { commandId, events }] of commits.entries()) {
    const asked = operations.find(({ wish }) => wish.commandId === commandId);
    if (asked === undefined) faults.push(`commit ${index} is nobody's`);
    else if (JSON.stringify(said(asked.wish, index)) !== JSON.stringify(events)) faults.push(`commit ${index} was not decided there`);
    else if (asked.began > index) faults.push(`commit ${index} is older than its request`);
    if (commits.findIndex((other) => other.commandId === commandId) !== index) faults.push(`commit ${index} is there twice`);
  }
  for (const { wish, began, ended, outcome } of operations) {
    const place = commits.findIndex(({ commandId }) => commandId === wish.commandId);
    if (outcome === undefined) continue;
    if (typeof outcome === 'object' && outcome.types.length > 0) {
      if (place < 0 || place >= ended) faults.push(`${wish.commandId} was answered and is not there`);
      else if (outcome.version !== histories[place + 1]?.length) faults.push(`${wish.commandId} got another version`);
      else if (outcome.isRepeated === false && place < began) faults.push(`${wish.commandId} was done before and answered as new`);
    } else {
      const moments = Array.from({ length: ended - began + 1 }, (_, index) => began + index);
      const fits = moments.some((after) => {
        const answer = said(wish, after);
        if (typeof outcome === 'string') return answer === outcome;
        return answer.length === 0 && outcome.version === histories[after]?.length;
      });
      if (!fits) faults.push(`${wish.commandId} got an answer of no moment: ${JSON.stringify(outcome)}`);
      if (place >= 0 && place < began) faults.push(`${wish.commandId} was done, and answered otherwise`);
    }
  }
  return faults;
};
