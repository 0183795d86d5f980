import { randomUUID } from 'node:crypto';
import { type Accept, type BusRule, scheduledEvent } from '../events/event-bus.ts';
import { everyPeriod, timesOf } from '../events/schedule.ts';
import { compilePattern } from '../stream/event-pattern.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host, label } from './host.ts';

interface Target {
  readonly Arn: string;
  readonly Input?: string;
}

interface Properties {
  readonly EventBusName?: string;
  readonly EventPattern?: object;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly Target[];
}

/**
 * A rule of EventBridge. A target here cannot refuse an event, only fail at it, which is its own affair: so the retries and the
 * dead-letter queue that a rule has for refusals have nothing to do.
 */
export const eventRule: Handler<Host> = async (resource, host) => {
  const properties = propertiesOf<Properties>(resource, {
    uses: ['EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets'],
    ignores: ['Description', 'Name', 'RoleArn', 'Tags'],
  });
  const { EventBusName = 'default', EventPattern, ScheduleExpression, State = 'ENABLED', Targets = [] } = properties;
  const arn = `arn:aws:events:${host.region}:${host.account}:rule/${host.namePrefix}-${resource.logicalId}`;
  const ref = { ref: arn, attributes: { Arn: arn } };
  const targets = Targets.map((target) => {
    const unknown = Object.keys(target).filter(
      (name) => !['Arn', 'Id', 'Input', 'RoleArn', 'RetryPolicy', 'DeadLetterConfig'].includes(name),
    );
    demand(unknown.length === 0, resource, `the local system does not know ${unknown.join(', ')} of a target`);
    return acceptOf(target, host);
  });
  if (State !== 'ENABLED') return ref;
  if (EventPattern !== undefined) {
    const { source = [] } = EventPattern as { readonly source?: readonly unknown[] };
    const sources = source.filter((one) => typeof one === 'string');
    rulesOf(host, EventBusName).push({ matches: compilePattern(EventPattern), sources, targets });
  }
  if (ScheduleExpression === undefined) return ref;
  const { period, offset } = timesOf(ScheduleExpression);
  const clock = everyPeriod({ period: period * host.timeScale, offset: offset * host.timeScale }, () => {
    for (const accept of targets) accept(scheduledEvent(arn, host));
  });
  return { ...ref, start: clock.start, stop: async () => clock.stop() };
};

/** The rules of a bus. One that is not of this stack has rules all the same: a service that this one listens to sends the events. */
const rulesOf = ({ buses }: Host, name: string): BusRule[] => {
  const rules = buses.get(name) ?? [];
  buses.set(name, rules);
  return rules;
};

const acceptOf = ({ Arn, Input }: Target, { functions, asyncInvocations, machines, queues, say }: Host): Accept => {
  const given = (event: unknown) => (Input === undefined ? event : JSON.parse(Input));
  if (Arn.includes(':function:')) {
    const name = Arn.split(':function:').at(-1) ?? '';
    found(functions, name, 'function');
    const invocations = found(asyncInvocations, name, 'function');
    return (event) => invocations.accept(given(event));
  }
  if (Arn.includes(':sqs:')) {
    const queue = found(queues, Arn, 'queue');
    return (event) => queue.send(given(event));
  }
  const machine = found(machines, Arn, 'function, queue or state machine');
  return (event) => {
    const execution = machine.start(randomUUID(), given(event));
    if (execution === undefined) say(label(Arn), 'was not started');
  };
};
