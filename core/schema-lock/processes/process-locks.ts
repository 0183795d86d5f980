import type { Domain } from '../../registry/domain.ts';
import type { SchemaFinding } from '../comparison.ts';
import type { SourceOf } from '../lock.ts';
import { compareReactions, reactionShapes, reactionsKey } from './reactions.ts';
import { compareSchedules, scheduleShapes, schedulesKey } from './schedules.ts';

/** What the lock keeps of one kind of process. */
export interface ProcessLock<S extends object = object> {
  /** Its key in the lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
  readonly key: string;
  readonly shapes: (domain: Domain, sourceOf: SourceOf) => S;
  readonly compare: (locked: S, current: S) => readonly SchemaFinding[];
}

const lockOf = <S extends object>(lock: ProcessLock<S>): ProcessLock => lock as unknown as ProcessLock;

/** All kinds of processes whose commands, in their ids, outlive a deployment. */
export const processLocks: readonly ProcessLock[] = [
  lockOf({ key: reactionsKey, shapes: reactionShapes, compare: compareReactions }),
  lockOf({ key: schedulesKey, shapes: scheduleShapes, compare: compareSchedules }),
];
