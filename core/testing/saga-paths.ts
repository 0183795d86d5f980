import { describe, test } from '@jest/globals';
import type { AnySaga } from '../sagas/saga.ts';
import { everyPath, type Process } from './every-path.ts';
import type { Walked } from './path-search.ts';

/**
 * Walks every path of each process and prints the number of paths and situations. A row fails with the shortest path that breaks an
 * invariant, as a numbered list. It also fails if an `undo` or `onAbort` is refused.
 *
 * @example
 * sagaPaths(fulfilment, {
 *   'the customer cancels at any moment': {
 *     given: [{ to: order, id: '42', command: { type: 'PlaceOrder', data: placement } }],
 *     outside: [{ to: order, id: '42', command: { type: 'CancelOrder', data: { reason: 'changed my mind' } } }],
 *     invariants: { 'an order ends shipped or cancelled': (world) => ['shipped', 'cancelled'].includes(stateOf(world, order, '42').status) },
 *   },
 * });
 */
export const sagaPaths = (saga: AnySaga, table: Readonly<Record<string, Process>>): void => {
  describe(`whatever happens to '${saga.name}', its invariants hold:`, () => {
    for (const [title, process] of Object.entries(table))
      test(title, () => {
        const walked = everyPath(saga, process);
        if (walked.failure !== undefined) throw new Error(reportOf(walked));
        console.info(`${saga.name}, ${title}: ${reportOf(walked)}`);
      });
  });
};

/** The result of a walk as text: the number of paths, or the path that breaks an invariant. */
export const reportOf = ({ paths, situations, failure }: Walked): string =>
  failure === undefined
    ? `${paths.toLocaleString('en-US')} paths through ${situations.toLocaleString('en-US')} situations`
    : [`broken: ${failure.broken}`, ...failure.path.map((step, index) => `${index + 1}. ${step}`)].join('\n');
