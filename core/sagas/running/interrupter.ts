import type { Recorded } from '../../basics/messages.ts';
import { address } from '../../basics/stream.ts';
import type { InterruptibleRun, LateInterruption, SagaFates } from '../fates.ts';
import { interruptingTypes, isSince, reasonIn } from '../interruption.ts';
import type { SagaTaskAnswers } from '../ports.ts';
import { type AnySaga, definitionsOf } from '../saga.ts';
import { runningSaga, UnknownDefinition } from './definition.ts';

export interface SagaInterrupterPorts {
  readonly sagas: readonly AnySaga[];
  readonly fates: SagaFates;
  readonly executions: SagaTaskAnswers;
  /** Called for each event that comes after the point of no return of a run. It may be called again for the same event. */
  readonly onTooLate: (run: InterruptibleRun, late: LateInterruption) => void;
}

/**
 * Wakes each step that waits while this event interrupts its run, and takes part in the decision of each run at its point of no return.
 * Every other run finds the event in the log before its next step. Events may arrive repeatedly and in any order.
 */
export const sagaInterrupter = ({ sagas, fates, executions, onTooLate }: SagaInterrupterPorts) => {
  const interrupting = new Set(sagas.flatMap(definitionsOf).flatMap(interruptingTypes));
  return async (event: Recorded): Promise<void> => {
    const { aggregate, id, tenant, eventId } = event.metadata;
    if (!interrupting.has(event.type)) return;
    const told = new Set<string>();
    for (const run of await fates.listeningTo(address(aggregate, id, tenant))) {
      if (!isSince(run, event)) continue;
      const reason = reasonFor(sagas, run, event);
      if (reason === undefined) continue;
      if (reason instanceof UnknownDefinition) {
        await wake(executions, fates, run, { unknown: reason.message });
        continue;
      }
      const late = { event: eventId, type: event.type, reason };
      const fate = await fates.decide(run.execution, { interruptedBy: eventId, reason });
      if ('interruptedBy' in fate) await wake(executions, fates, run, { interrupted: fate.reason, midway: true });
      else if (!told.has(run.execution)) {
        told.add(run.execution);
        await fates.refuse(run.execution, late);
        onTooLate(run, late);
      }
    }
  };
};

const wake = async (
  executions: SagaTaskAnswers,
  fates: SagaFates,
  run: InterruptibleRun,
  answer: Parameters<SagaTaskAnswers['answer']>[1],
): Promise<void> => {
  if (run.waits === undefined) return;
  await executions.answer(run.waits.token, answer);
  await fates.forget(run);
};

const reasonFor = (sagas: readonly AnySaga[], run: InterruptibleRun, event: Recorded): string | UnknownDefinition | undefined => {
  try {
    return reasonIn(runningSaga(sagas, run), event);
  } catch (error) {
    if (error instanceof UnknownDefinition) return error;
    throw error;
  }
};
