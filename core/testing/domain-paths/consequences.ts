import type { Recorded } from '../../basics/messages.ts';
import { address, eventId, parseToken, streamName } from '../../basics/stream.ts';
import { type CommandTo, commandsFrom } from '../../processes/command-to.ts';
import { processName } from '../../processes/kinds.ts';
import { commandsOf as causedBy } from '../../reactions/reacting.ts';
import type { Domain } from '../../registry/members.ts';
import { settingOf } from '../../reminders/due.ts';
import { type AnyReminder, processOf, reminderOf } from '../../reminders/reminder.ts';
import { startOf } from '../../sagas/running/run.ts';
import type { AnySaga } from '../../sagas/saga.ts';
import { first, type SagaWalk } from '../every-path.ts';
import { eventsSince, type World } from '../saga-world.ts';
import type { Notice, ParkedInWalk, Queued, Run, Situation } from './situation.ts';

/**
 * The situation in which a command has changed the world: each new event starts sagas, is on its way to reactions, and sets times. A saga
 * begins with its event, because a late beginning is the same as a late first step, and a second one is known by its name.
 */
export const withWorld = (domain: Domain, before: Situation, world: World): Situation =>
  newEvents(before.world, world).reduce((situation, event) => heard(domain, situation, event), { ...before, world });

const newEvents = (before: World, world: World): readonly Recorded[] =>
  Object.entries(world).flatMap(([name, stream]) =>
    stream === before[name] ? [] : eventsSince(world, stream.address, 1 + (before[name]?.events.length ?? 0)),
  );

const heard = (domain: Domain, situation: Situation, event: Recorded): Situation =>
  timesSet(domain, reacted(domain, started(domain, situation, event), event), event);

const started = ({ sagas = [] }: Domain, situation: Situation, event: Recorded): Situation => ({
  ...situation,
  runs: [...situation.runs, ...sagas.flatMap((saga) => runOf(saga, situation.world, event))],
});

const runOf = (saga: AnySaga, world: World, event: Recorded): readonly Run[] => {
  const input = startOf(saga, event);
  if (input === undefined) return [];
  if (saga.unique !== undefined) throw new Error(`'${saga.name}' is unique by a key, which a walk of a domain does not know`);
  const watched = new Set(Object.values(saga.interruptedBy ?? {}).map(({ of }) => of.name));
  const lengths = Object.entries(world).filter(([, stream]) => watched.has(stream.address.aggregate));
  const began = Object.fromEntries(lengths.map(([name, { events }]) => [name, events.length]));
  const { world: _, outside: __, retriesLeft: ___, ...run } = first(sagaWalk({ saga, input, began }));
  return [{ ...run, saga: saga.name, input, began }];
};

/** What a run is walked with. */
export const sagaWalk = ({ saga, input, began }: Pick<SagaWalk, 'saga' | 'input' | 'began'>, now?: string): SagaWalk => ({
  ...{ saga, input, began, trust: 'doubted', process: { outside: [] }, execution: input.event },
  ...(now === undefined ? {} : { now }),
});

/** The situation after each process has seen to it, one after the other. */
const through = <P>(processes: readonly P[], situation: Situation, does: (one: Situation, process: P) => Situation): Situation =>
  processes.reduce(does, situation);

const reacted = ({ reactions = [] }: Domain, situation: Situation, event: Recorded): Situation =>
  through(reactions, situation, (one, reaction) => {
    const process = processName('reaction', reaction.name);
    const commands = orFault(() => queued(process, event, causedBy(reaction, event)));
    if (commands instanceof Error) return park(one, { process, command: 'row', code: commands.message });
    if (commands.length === 0) return one;
    const notice: Notice = { process, event: event.metadata.eventId, commands, place: 0, isRepeated: false };
    return { ...one, notices: [...one.notices, notice] };
  });

const timesSet = ({ reminders = [] }: Domain, situation: Situation, event: Recorded): Situation =>
  through(reminders, situation, (one, reminder) => {
    const setting = settingOf(reminder, event);
    if (setting === undefined) return one;
    const process = processOf(reminder);
    const notices = one.notices.flatMap((notice) => replaced(notice, process, event));
    if ('isCancelled' in setting) return { ...one, notices };
    if ('fault' in setting) return park({ ...one, notices }, { process, command: 'row', code: setting.fault.message });
    const notice: Notice = { process, event: event.metadata.eventId, at: setting.at, place: 0, isRepeated: false };
    return { ...one, notices: [...notices, notice] };
  });

/** What is left of a time that was set, after a later event of its stream has moved or cancelled it. It would fire in vain. */
const replaced = (notice: Notice, process: string, { metadata: { aggregate, id, tenant } }: Recorded): readonly Notice[] => {
  const isOfStream = streamName(parseToken(notice.event).stream) === streamName(address(aggregate, id, tenant));
  if (notice.process !== process || !isOfStream) return [notice];
  return notice.commands === undefined ? [] : [{ ...notice, isStale: true }];
};

/** What a reminder sends when its time has come, in the state of now. @throws what its `send` throws. */
export const remindedBy = ({ reminders = [] }: Domain, { world }: Situation, { process, event, at = '' }: Notice): readonly Queued[] => {
  const reminder = reminderOf(reminders, process) as AnyReminder;
  const { stream, version } = parseToken(event);
  const [cause] = eventsSince(world, stream, version) as [Recorded];
  const tenant = stream.tenant === undefined ? {} : { tenant: stream.tenant };
  const state = world[streamName(stream)]?.state;
  const about = { id: stream.id, ...tenant, due: at, cause: cause.metadata };
  return queued(process, cause, commandsFrom(reminder, reminder.send(state, about)));
};

const queued = (process: string, { metadata: { aggregate, id, tenant, version } }: Recorded, commands: readonly CommandTo[]): Queued[] =>
  commands.map(({ to, sends }, index) => ({
    to: to.name,
    stream: address(to.name, sends.id, tenant),
    commandId: `${process}/${eventId(address(aggregate, id, tenant), version)}/${index}`,
    command: { type: sends.type, data: sends.data },
  }));

/** Parked twice is parked once. */
export const park = (situation: Situation, one: ParkedInWalk): Situation =>
  situation.parked.some((other) => JSON.stringify(other) === JSON.stringify(one))
    ? situation
    : { ...situation, parked: [...situation.parked, one] };

export const orFault = <T>(make: () => T): T | Error => {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
