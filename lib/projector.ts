import { Construct } from 'constructs';
import { bringCommits } from './commit-source.ts';
import { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';
import { wakeEachMinute } from './wakes.ts';

export interface ProjectorProps {
  readonly listensTo: EventStore;
  readonly writesTo: ReadModels;
  /** Says which revision of a projection the projector feeds first. */
  readonly obeys: Pointers;
}

/** Folds each commit into the read models soon after the append. One function hosts every projection. */
export class Projector extends Construct {
  readonly discarded: DiscardedBatches;

  constructor(scope: Construct, id: string, { listensTo, writesTo, obeys }: ProjectorProps) {
    super(scope, id);
    this.discarded = new DiscardedBatches(this, 'Discarded');
    const handler = new ServiceFunction(this, 'Function', { runs: 'projector', timeoutSeconds: 60 });
    writesTo.grantReplaceMany(handler);
    writesTo.grantListWaiting(handler);
    wakeEachMinute(this, handler);
    obeys.grantRead(handler);
    // Commits of one stream may arrive out of order. The projector reads the missing ones from the table.
    listensTo.grantRead(handler);
    bringCommits(handler, { of: listensTo, discarded: this.discarded });
    serviceAlarm(this, 'Streams are parked', {
      says: 'A projection or the relay met an event that it cannot handle, and set the stream of that event aside.',
      metric: serviceMetric(this, 'streamsParked'),
    });
  }
}
