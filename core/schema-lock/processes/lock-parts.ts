import type { Domain } from '../../registry/domain.ts';
import { commandShapes, commandsKey, compareCommands } from '../answers.ts';
import type { SchemaFinding } from '../comparison.ts';
import type { SourceOf } from '../lock.ts';
import { compareInboxes, inboxesKey, inboxShapes } from '../received/received.ts';
import { callShapes, callsKey, compareCalls } from './calls.ts';
import { compareReactions, reactionShapes, reactionsKey } from './reactions.ts';
import { compareReminders, reminderShapes, remindersKey } from './reminders.ts';
import { compareSchedules, scheduleShapes, schedulesKey } from './schedules.ts';
import { compareWebhooks, webhookShapes, webhooksKey } from './webhooks.ts';

/** A part of the lock with a key of its own. */
export interface LockPart<S extends object = object> {
  /** Its key in the lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
  readonly key: string;
  readonly shapes: (domain: Domain, sourceOf: SourceOf) => S;
  readonly compare: (locked: S, current: S) => readonly SchemaFinding[];
}

const partOf = <S extends object>(part: LockPart<S>): LockPart => part as unknown as LockPart;

/** The versions of commands, and all kinds of processes whose commands outlive a deployment in their ids. */
export const lockParts: readonly LockPart[] = [
  partOf({ key: commandsKey, shapes: commandShapes, compare: compareCommands }),
  partOf({ key: reactionsKey, shapes: reactionShapes, compare: compareReactions }),
  partOf({ key: callsKey, shapes: callShapes, compare: compareCalls }),
  partOf({ key: inboxesKey, shapes: inboxShapes, compare: compareInboxes }),
  partOf({ key: remindersKey, shapes: reminderShapes, compare: compareReminders }),
  partOf({ key: schedulesKey, shapes: scheduleShapes, compare: compareSchedules }),
  partOf({ key: webhooksKey, shapes: webhookShapes, compare: compareWebhooks }),
];
