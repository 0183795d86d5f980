import { streamName } from '../../basics/stream.ts';
import type { Domain } from '../../registry/members.ts';
import type { AnySaga } from '../../sagas/saga.ts';
import type { AnyDecider } from '../../write/decider.ts';
import { isOver, type Sending, sagaNext } from '../every-path.ts';

import { type Executed, execute, executeAnew, knownSince, type Wanted, type World } from '../saga-world.ts';
import { orFault, park, remindedBy, sagaWalk, withWorld } from './consequences.ts';
import { type Notice, type Queued, type Run, type Situation, type Stray, without } from './situation.ts';

/** A possible next event, the situation after it or what it breaks, and how many disturbances it is. */
export type Step = readonly [what: string, to: Situation | { readonly broken: string }, cost: number];

/** A command that clients or third parties may send at any moment. */
export interface ClientSending extends Sending {
  /** At most so often; without it once. */
  readonly times?: number;
}

export interface Ground {
  readonly domain: Domain;
  readonly clients: readonly ClientSending[];
  /** Times that the clock stops at, beside those that reminders set: ISO 8601. */
  readonly moments: readonly string[];
}

/** What can happen next. `left`: how many disturbances may still come. */
export const stepsFrom = (ground: Ground, situation: Situation, left: number): readonly Step[] => [
  ...situation.notices.flatMap((notice) => (isDue(situation, notice) ? delivered(ground, situation, notice) : [])),
  ...situation.strays.map((stray) => arrived(ground, situation, stray)),
  ...situation.runs.flatMap((run) => runOn(ground, situation, { run, left })),
  ...ground.clients.flatMap((client, index) => clientSends(ground, situation, { client, index })),
  ...clockMoves(ground, situation),
];

export const isDue = ({ now }: Situation, { at = now }: Notice): boolean => at <= now;

/** Nothing is under way: only clients act now, or time passes. */
export const isAtRest = (situation: Situation): boolean =>
  situation.runs.length + situation.strays.length === 0 && !situation.notices.some((notice) => isDue(situation, notice));

/** A delivery sends its next command. Afterwards it goes on, or is delivered again from its first command on. */
const delivered = (ground: Ground, before: Situation, notice: Notice): readonly Step[] => {
  const { domain } = ground;
  const commands = notice.commands ?? orFault(() => remindedBy(domain, before, notice));
  const gone = { ...before, notices: without(before.notices, notice) };
  const name = `${notice.process} of ${notice.event}`;
  const { process } = notice;
  if (commands instanceof Error) return [[`${name}: its row fails`, park(gone, { process, command: 'row', code: commands.message }), 0]];
  const queued = commands[notice.place];
  if (queued === undefined) return [[`${name}: sends nothing`, gone, 0]];
  const goesOn = (situation: Situation): Situation =>
    notice.place + 1 < commands.length ? withNotice(situation, { ...notice, commands, place: notice.place + 1 }) : situation;
  const again = (situation: Situation): Situation =>
    notice.isStale ? situation : anew(situation, { ...notice, ...(notice.at === undefined ? {} : { commands: undefined }) });
  const does = `${name}: ${wordsOf(queued)}`;
  const ends = triesOf(domain, before, queued, notice.isRepeated).flatMap(({ how, executed, cost }): readonly Step[] => {
    const reach = (next: (to: Situation) => Situation): Situation => outcome(domain, next(gone), { executed, queued, process });
    return [
      [`${does}: ${how}`, reach(goesOn), cost],
      [`${does}: ${how}, and is delivered again`, reach(again), cost + 1],
    ];
  });
  if (before.strays.some(({ commandId }) => commandId === queued.commandId)) return ends;
  const late = { ...gone, strays: [...gone.strays, { ...queued, process }] };
  return [...ends, [`${does}: still on its way, and is delivered again`, again(late), 1]];
};

const withNotice = (situation: Situation, notice: Notice): Situation => ({ ...situation, notices: [...situation.notices, notice] });

const anew = (
  situation: Situation,
  { commands, ...notice }: Omit<Notice, 'commands'> & { readonly commands?: Notice['commands'] | undefined },
) => withNotice(situation, { ...notice, ...(commands === undefined ? {} : { commands }), place: 0, isRepeated: true });

interface Tried {
  readonly how: string;
  readonly executed: Executed;
  readonly cost: number;
}

/** A command that was carried out before is known by its id. A stream that has had many commands since has forgotten it. */
const triesOf = (domain: Domain, { world, now }: Situation, queued: Queued, isRepeated: boolean): readonly Tried[] => {
  const wanted = wantedOf(domain, queued, now);
  const known = knownSince(world, wanted);
  const anew = executeAnew(world, wanted);
  const how = 'refused' in anew ? `refused: ${anew.refused}` : 'done';
  if (known === undefined) return [{ how, executed: anew, cost: 0 }];
  const tried: Tried = { how: 'known', executed: { world, since: known }, cost: 0 };
  return isRepeated ? [tried, { how: `forgotten, then ${how}`, executed: anew, cost: 1 }] : [tried];
};

const wantedOf = ({ deciders }: Domain, { to, stream, commandId, command }: Queued, now: string): Wanted => {
  const decider = deciders.find(({ name }) => name === to) as AnyDecider;
  return { decider, stream, request: { commandId, command }, now };
};

const wordsOf = ({ command, stream }: Queued): string => `${command.type} of ${streamName(stream)}`;

interface Outcome {
  readonly executed: Executed;
  readonly queued: Queued;
  readonly process: string;
}

const outcome = (domain: Domain, situation: Situation, { executed, queued, process }: Outcome): Situation =>
  'refused' in executed
    ? park(situation, { process, command: wordsOf(queued), code: executed.refused })
    : withWorld(domain, situation, executed.world);

const arrived = ({ domain }: Ground, situation: Situation, stray: Stray): Step => {
  const executed = execute(situation.world, wantedOf(domain, stray, situation.now));
  const gone = { ...situation, strays: without(situation.strays, stray) };
  const to = 'refused' in executed ? gone : withWorld(domain, gone, executed.world);
  return [`${stray.process}: ${wordsOf(stray)} arrives late`, to, 0];
};

interface Running {
  readonly run: Run;
  readonly left: number;
}

const runOn = ({ domain }: Ground, situation: Situation, { run, left }: Running): readonly Step[] => {
  const saga = (domain.sagas ?? []).find(({ name }) => name === run.saga) as AnySaga;
  const walk = sagaWalk({ saga, input: run.input, began: run.began }, situation.now);
  return sagaNext(walk, { ...run, world: situation.world, outside: [], retriesLeft: left }).map(([what, to, disturbed]): Step => {
    const label = `${run.saga} of ${run.input.event}: ${what}`;
    const cost = disturbed === true ? 1 : 0;
    if ('broken' in to) return [label, to, cost];
    const { world, outside: _, retriesLeft: __, ...after } = to;
    const next: Run = { ...after, saga: run.saga, input: run.input, began: run.began };
    const others = without(situation.runs, run);
    const runs = isOver(to) && to.stray.length === 0 ? others : [...others, next];
    return [label, withWorld(domain, { ...situation, runs }, world), cost];
  });
};

interface Sends {
  readonly client: ClientSending;
  readonly index: number;
}

const clientSends = ({ domain }: Ground, situation: Situation, { client, index }: Sends): readonly Step[] => {
  const left = situation.clients[index] ?? 0;
  if (left === 0) return [];
  const world = afterSending(situation.world, client, { commandId: `client-${index}-${left}`, now: situation.now });
  if (world === undefined || world === situation.world) return []; // It changes nothing.
  const clients = situation.clients.with(index, left - 1);
  return [[`a client: ${client.command.type} of ${client.to.name}-${client.id}`, withWorld(domain, { ...situation, clients }, world), 0]];
};

/** The world after a client's command; undefined if it is refused. */
export const afterSending = (
  world: World,
  { to, id, command }: Sending,
  { commandId, now }: { readonly commandId: string; readonly now: string },
): World | undefined => {
  const executed = execute(world, { decider: to, stream: { aggregate: to.name, id }, request: { commandId, command }, now });
  return 'refused' in executed ? undefined : executed.world;
};

/** Time passes up to the next moment at which something may change. What is due then need not come at once. */
const clockMoves = ({ moments }: Ground, situation: Situation): readonly Step[] => {
  const [next] = [...moments, ...situation.notices.flatMap(({ at }) => at ?? [])].filter((at) => at > situation.now).toSorted();
  return next === undefined ? [] : [[`it is ${next}`, { ...situation, now: next }, 0]];
};
