import { rowOf } from '../../basics/messages.ts';
import { callsOf, type Domain } from '../../registry/domain.ts';
import { same } from '../bounds.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';

/** The key of the calls that wait in a queue of their own, or whose answers cause commands. */
export const callsKey = 'made-as-calls';

/** What waits for a third party during a deployment, and what the ids of its answers' commands are made of. */
export interface CallShape {
  readonly of: string;
  /** Sorted. */
  readonly on: readonly string[];
  /** It has a queue of its own. */
  readonly isLimited: boolean;
  /** The statuses whose answers cause commands. */
  readonly answers: readonly string[];
}

/** By the third party's name. Calls with neither limits nor answers have no shape. */
export type CallShapes = Readonly<Record<string, CallShape>>;

export const callShapes = (domain: Domain): CallShapes =>
  Object.fromEntries(
    callsOf(domain)
      .filter((one) => one.limits !== undefined || one.answered !== undefined)
      .map(({ name, of, on, limits, answered = {} }) => [
        name,
        { of: of.name, on: Object.keys(on).sort(), isLimited: limits !== undefined, answers: Object.keys(answered).sort() },
      ]),
  );

/** All differences. A call that waits in its queue during a deployment finds its third party there under its name. */
export const compareCalls = (locked: CallShapes, current: CallShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `calls ${name}`;
    const [was, is] = [rowOf<CallShape>(locked, name), rowOf<CallShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'has limits or answers now' })];
    if (is === undefined) return [movedCalls(path, 'is no longer in the domain, or has neither limits nor answers')];
    if (was.of !== is.of) return [{ ...movedCalls(path, 'is called for another aggregate'), before: was.of, after: is.of }];
    if (was.isLimited !== is.isLimited) return [movedCalls(path, is.isLimited ? 'has limits now' : 'has no limits now')];
    const lost = was.answers.filter((status) => !is.answers.includes(status));
    if (lost.length > 0) return [movedCalls(path, `has no row for the answer ${lost.join(', ')}`)];
    return same(was, is) ? [] : [compatible({ path, change: 'is called for other events, or answers more' })];
  });

const movedCalls = (path: string, change: string): SchemaFinding =>
  incompatible({
    path,
    change,
    breaks:
      'calls that wait in its queue are not made, and answers that are parked cannot be taken again. Under another name, the commands of answers have other ids: those of a call that is made again are carried out twice',
    remedy:
      'keep the name, the aggregate and the rows. Otherwise wait until `npm run es -- calls` shows that nothing waits and nothing is parked; then accept it with --incompatible',
  });
