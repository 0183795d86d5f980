import type { Happening } from './happening.ts';
import type { Execution } from './machine.ts';

/** The history of an execution, as Step Functions tells it: the oldest first, numbered from 1. */
export const historyOf = ({ happenings, ending }: Execution): readonly object[] => {
  const events = [...happenings.flatMap(toEvent), ...(ending === undefined ? [] : lastEvent(ending))];
  return events.map((event, index) => ({ ...event, id: index + 1, previousEventId: index }));
};

interface Event {
  readonly type: string;
  /** In seconds of the epoch. */
  readonly timestamp: number;
}

const toEvent = (happening: Happening): readonly Event[] => {
  const { state, parentState, timestamp: milliseconds, type, index } = happening;
  const timestamp = milliseconds / 1000;
  const kind = state?.type ?? '';
  switch (type) {
    case 'ExecutionStarted':
      return [{ type, timestamp, executionStartedEventDetails: { input: JSON.stringify(happening.input) } } as Event];
    case 'StateEntered':
      return [
        {
          type: `${kind}StateEntered`,
          timestamp,
          stateEnteredEventDetails: { name: state?.name, input: JSON.stringify(state?.input) },
        } as Event,
      ];
    case 'StateExited':
      return [
        {
          type: `${kind}StateExited`,
          timestamp,
          stateExitedEventDetails: { name: state?.name, output: JSON.stringify(state?.output) },
        } as Event,
      ];
    case 'StateFailed':
      return kind === 'Task'
        ? [{ type: 'TaskFailed', timestamp, taskFailedEventDetails: { error: happening.Error, cause: causeOf(happening) } } as Event]
        : [];
    case 'MapIterationStarted':
    case 'MapIterationSucceeded':
    case 'MapIterationFailed':
      return [{ type, timestamp, [`${lowered(type)}EventDetails`]: { name: parentState?.name, index } } as Event];
    default:
      return []; // The execution's end has an event of its own. Step Functions has no event for a retry, a catcher or a branch.
  }
};

const lastEvent = ({ status, at, output, error, cause }: NonNullable<Execution['ending']>): readonly Event[] => {
  const timestamp = Date.parse(at) / 1000;
  const [type, details] = {
    SUCCEEDED: ['ExecutionSucceeded', { output: JSON.stringify(output) }],
    FAILED: ['ExecutionFailed', { error, cause }],
    TIMED_OUT: ['ExecutionTimedOut', { error, cause }],
    ABORTED: ['ExecutionAborted', { error, cause }],
  }[status] as [string, object];
  return [{ type, timestamp, [`${lowered(type)}EventDetails`]: details } as Event];
};

const causeOf = ({ Cause }: Happening): string | undefined =>
  Cause === undefined || typeof Cause === 'string' ? Cause : JSON.stringify(Cause);

const lowered = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);
