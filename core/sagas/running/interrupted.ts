import type { Recorded } from '../../basics/messages.ts';
import { parseEventId, streamName } from '../../basics/stream.ts';
import { type Commit, type EventStore, recorded } from '../../log/event-store.ts';
import type { Fate, InterruptibleRun, LateInterruption, SagaFates } from '../fates.ts';
import { type Beginning, type InterruptingStream, interruptingStreams, isSince, reasonIn } from '../interruption.ts';
import type { Interrupted, SagaInput } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { eventsWithRow } from './awaited.ts';

/** A run of a saga that events may interrupt, and where to look for them. */
export interface Interrupting {
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly fates: SagaFates;
  readonly saga: AnySaga;
  readonly revision?: number | undefined;
  readonly execution: string;
  readonly input: SagaInput;
  /** What the step sees of it. */
  readonly context: unknown;
}

/**
 * Looks for an interruption before a step is done. `isRetry`: an earlier try of the step may have acted, so the step is undone too. The log
 * is the truth: it has the event, whether or not the event's notice has arrived.
 */
export const interruptedBefore = async (run: Interrupting, isRetry: boolean): Promise<Interrupted | undefined> => {
  const found = await interruptionIn(run);
  if (found === undefined) return undefined;
  const fate = await run.fates.decide(run.execution, interruptedBy(found));
  // Only a late copy of this task can find that the run has passed: the machine went on without the answer of this one.
  return { interrupted: 'passed' in fate ? found.reason : fate.reason, ...(isRetry ? { midway: true } : {}) };
};

/**
 * Decides whether the run passes its point of no return, by one conditional write. Each event that was recorded before the log was read
 * interrupts the run. The listener learns of each later one: it finds the run under the event's stream, and takes part in the decision.
 */
export const interruptedAtLast = async (run: Interrupting): Promise<Interrupted | undefined> => {
  await listen(run, { seconds: secondsToTell });
  const found = await interruptionIn(run);
  const fate = await run.fates.decide(run.execution, found === undefined ? { passed: true } : interruptedBy(found));
  if ('interruptedBy' in fate) return { interrupted: fate.reason };
  if (found !== undefined) await run.fates.refuse(run.execution, found);
  return undefined;
};

/** Stores that a step waits, so that an interruption wakes it, and looks for one that was recorded before. */
export const interruptedWaiting = async (
  run: Interrupting,
  { seconds, ...waits }: NonNullable<InterruptibleRun['waits']> & { readonly seconds: number },
): Promise<Interrupted | undefined> => {
  await listen(run, { seconds, waits });
  return interruptedBefore(run, true);
};

/** For so long an event that comes too late is told so: as long as Step Functions knows the run. */
const secondsToTell = 90 * 24 * 3600;

const listen = async (
  { eventStore, fates, saga, revision, execution, input, context }: Interrupting,
  more: Pick<InterruptibleRun, 'seconds' | 'waits'>,
): Promise<void> => {
  const beginning = await beginningOf(eventStore, input);
  const known = { saga: saga.name, ...(revision === undefined ? {} : { revision }), execution, ...beginning, ...more };
  for (const { stream } of interruptingStreams(saga, input.event, context)) await fates.listen({ stream, ...known });
};

const interruptedBy = ({ event, reason }: LateInterruption): Fate => ({ interruptedBy: event, reason });

/** An older starter did not write the time into the input. */
const beginningOf = async (eventStore: Pick<EventStore, 'read'>, { event, at }: SagaInput): Promise<Beginning> => {
  if (at !== undefined) return { event, at };
  const { stream, version } = parseEventId(event);
  const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
  return { event, at: commits[0]?.recordedAt ?? '' };
};

/** The first event in the log that interrupts the run: by the time at which it was recorded. @throws NewerRelease; InvalidEvent. */
const interruptionIn = async ({ eventStore, saga, input, context }: Interrupting): Promise<LateInterruption | undefined> => {
  const beginning = await beginningOf(eventStore, input);
  let first: (LateInterruption & { readonly at: string }) | undefined;
  for (const one of interruptingStreams(saga, input.event, context))
    for (const event of await eventsSince(eventStore, one, beginning)) {
      const reason = reasonIn(saga, event);
      const { eventId, recordedAt: at } = event.metadata;
      if (reason === undefined || (first !== undefined && first.at <= at)) continue;
      first = { event: eventId, type: event.type, reason, at };
    }
  return first && { event: first.event, type: first.type, reason: first.reason };
};

/** The events of a stream since the beginning of a run that may interrupt it, the oldest first. */
const eventsSince = async (
  eventStore: Pick<EventStore, 'read'>,
  { stream, events, types }: InterruptingStream,
  beginning: Beginning,
): Promise<readonly Recorded[]> => {
  const commits = await commitsSince(eventStore, stream, beginning);
  const rows = Object.fromEntries(types.map((type) => [type, true]));
  return commits.flatMap((commit) =>
    recorded(commit)
      .filter((event) => isSince(beginning, event))
      .flatMap((event) => eventsWithRow(events, rows, event, commit)),
  );
};

type Page = Awaited<ReturnType<EventStore['read']>>;

/**
 * The commits of a stream since then, the oldest first. The stream that started the run is read from its event on. Of another stream the
 * version is not known, so it is read backwards; times in a stream never run backwards.
 */
const commitsSince = async (
  eventStore: Pick<EventStore, 'read'>,
  stream: InterruptingStream['stream'],
  { event, at }: Beginning,
): Promise<readonly Commit[]> => {
  const start = parseEventId(event);
  const isOwn = streamName(start.stream) === streamName(stream);
  const found: Commit[] = [];
  // Most often there is nothing new, so the first page backwards is short.
  let limit = isOwn ? 100 : 4;
  for (let from: number | undefined = isOwn ? start.version + 1 : Number.MAX_SAFE_INTEGER; from !== undefined; limit = 100) {
    const { commits, next }: Page = await eventStore.read(stream, { from, limit, ...(isOwn ? {} : { newestFirst: true }) });
    found.push(...commits);
    from = isOwn || commits.every(({ recordedAt }) => recordedAt >= at) ? next : undefined;
  }
  return isOwn ? found : found.toReversed();
};
