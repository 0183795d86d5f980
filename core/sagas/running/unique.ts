import { parseEventId } from '../../basics/stream.ts';
import type { Claim, SagaClaims } from '../fates.ts';
import type { SagaInput } from '../ports.ts';
import { type AnySaga, machineName } from '../saga.ts';

/** Whether a run has begun, and whether it has ended with its last command. A run that failed half way can be continued. */
export type RunState = 'unknown' | 'under way' | 'ended';

export interface UniquePorts {
  readonly claims: SagaClaims;
  /** `unknown`: it never began, or it ended more than 90 days ago. */
  readonly stateOf: (machine: string, event: string) => Promise<RunState>;
  readonly now: () => Date;
}

/**
 * A function that has claimed a key starts the run within its own 30 s, or never. If its notice comes again later, the key may be another
 * run's.
 */
const millisecondsToStart = 10 * 60_000;

/** The event of the run that has the key of this input; `undefined` if this run has it, or needs none. */
export const holderOf = async (ports: UniquePorts, saga: AnySaga, input: SagaInput): Promise<string | undefined> => {
  if (saga.unique === undefined) return undefined;
  const { claims, stateOf } = ports;
  const machine = machineName(saga);
  const key = { saga: machine, tenant: parseEventId(input.event).stream.tenant, key: saga.unique.key(input.context) };
  const holder = await claims.take(key, input.event);
  if (holder.event === input.event) return undefined;
  // The event was delivered again, after its run had ended and another one had taken the key.
  if ((await stateOf(machine, input.event)) !== 'unknown') return undefined;
  if (saga.unique.among === 'ever' || !(await hasEnded(ports, machine, holder))) return holder.event;
  const next = await claims.take(key, input.event, holder);
  return next.event === input.event ? undefined : next.event;
};

const hasEnded = async ({ stateOf, now }: UniquePorts, machine: string, { event, since }: Claim): Promise<boolean> => {
  const state = await stateOf(machine, event);
  return state === 'ended' || (state === 'unknown' && now().getTime() - Date.parse(since) > millisecondsToStart);
};
