import type { AnyDecider } from '../../core/decider.ts';
import type { Message } from '../../core/messages.ts';
import type { AnySaga } from '../../core/saga.ts';
import { answerIn, commandOf, type SagaCommand, type SagaInput, startOf, stepNamed } from '../../core/saga-run.ts';
import { after, begin, type Flow, idOf, type Result, type Task, tasksAt, told } from './saga-flow.ts';
import { eventsSince, execute, numberOf, type Wanted, type World } from './saga-world.ts';

export interface Sending {
  readonly to: AnyDecider;
  readonly id: string;
  readonly command: Message;
}

export interface Process {
  /** What was there before: the last of these commands records the event that starts the saga. */
  readonly given: readonly Sending[];
  /** What others may do at any moment, each as often as it stands here. */
  readonly outside: readonly Sending[];
  /** What holds when a saga is over, whatever has happened. */
  readonly invariants: Readonly<Record<string, (world: World) => boolean>>;
}

export interface Walked {
  /** Ways from the beginning to an end. */
  readonly paths: bigint;
  /** Situations in all, each of which was looked into once. */
  readonly situations: number;
  /** The shortest path that breaks an invariant, and which. */
  readonly failure?: { readonly broken: string; readonly path: readonly string[] };
}

/** Where everything is: the execution, the aggregates, commands on their way that nobody waits for any more, and what others have left to do. */
interface Situation {
  readonly flow: Flow;
  readonly world: World;
  /** Steps that wait for an event, and the version from which on it comes. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly stray: readonly Task[];
  readonly outside: readonly number[];
  /** An operator looks after the execution: what they have tried again works. */
  readonly isWatched: boolean;
}

/** What happens next, and what it leads to; or what is broken there. */
type Next = readonly [what: string, to: Situation | { readonly broken: string }];

/**
 * Everything that can happen to a saga, in every order: each command done, refused, its answer lost, sent twice, lost, or on its way
 * for any time; each thing that others do at each moment, or not at all; each wait ended in time or not.
 */
export const everyPath = (saga: AnySaga, process: Process): Walked => {
  const input = startedBy(saga, process);
  const nexts = (situation: Situation): readonly Next[] => [
    ...tasksAt(saga, input.context, situation.flow).flatMap((task) => tasksNext(saga, input, situation, task)),
    ...operatorNext(saga, input, situation),
    ...strayNext(saga, input, situation),
    ...outsideNext(process, situation),
  ];
  return search(first(saga, process, input), nexts, (situation) => brokenIn(process, situation));
};

const wantedOf = ({ to, id, command }: Sending, commandId: string): Wanted => ({
  decider: to,
  stream: { aggregate: to.name, id },
  request: { commandId, command },
});

const worldOf = ({ given }: Process): World =>
  given.reduce<World>((world, sending, index) => {
    const executed = execute(world, wantedOf(sending, `given-${index}`));
    if ('refused' in executed) throw new Error(`given: ${sending.command.type} is refused: ${executed.refused}`);
    return executed.world;
  }, {});

const startedBy = (saga: AnySaga, process: Process): SagaInput => {
  const { to, id } = process.given.at(-1) as Sending;
  const [event] = eventsSince(worldOf(process), { aggregate: to.name, id }, 1).slice(-1);
  const input = event && startOf(saga, event);
  if (input === undefined) throw new Error(`${saga.name} does not start on the last event that was given`);
  return input;
};

const first = (saga: AnySaga, process: Process, { context }: SagaInput): Situation => ({
  flow: begin(saga, context),
  world: worldOf(process),
  waiting: {},
  stray: [],
  outside: process.outside.map((_, index) => index),
  isWatched: false,
});

/** The command of a task; made once, for it is the same every time. */
const commandFor = (saga: AnySaga, input: SagaInput, task: Task): SagaCommand => {
  const { does, step, index } = task;
  const known = commandsOf.get(input) ?? new Map<string, SagaCommand>();
  commandsOf.set(input, known);
  const command =
    known.get(idOf(task)) ?? commandOf(saga, 'execution', input, does === 'abort' ? { does, reason: 'a reason' } : { does, step, index });
  known.set(idOf(task), command);
  return command;
};
const commandsOf = new WeakMap<SagaInput, Map<string, SagaCommand>>();

const tasksNext = (saga: AnySaga, input: SagaInput, situation: Situation, task: Task): readonly Next[] => {
  const name = idOf(task);
  const ended = (to: Situation, result: Result): Situation => ({
    ...to,
    flow: after(saga, input.context, to.flow, task, result),
    isWatched: false,
  });
  const since = situation.waiting[name];
  if (since !== undefined) return waitNext(saga, input, situation, task, since, ended);

  const executed = execute(situation.world, commandFor(saga, input, task));
  if ('refused' in executed && task.does !== 'send') return [[`${name}: refused`, { broken: `${name} is refused: ${executed.refused}` }]];
  const done = (): Situation => {
    if ('refused' in executed) return ended(situation, 'not done');
    const to = { ...situation, world: executed.world };
    const waits = task.does === 'send' && stepNamed(saga, task.step).awaits !== undefined;
    return waits ? { ...to, waiting: { ...to.waiting, [name]: executed.since } } : ended(to, 'done');
  };
  const word = 'refused' in executed ? `refused, ${executed.refused}` : 'done';
  const over = done();
  const answered: Next = [`${name}: ${word}`, over];
  if (situation.isWatched) return [answered];
  const reached = 'refused' in executed ? situation : { ...situation, world: executed.world };
  return [
    answered,
    [`${name}: crashed before, tried again, ${word}`, over],
    [`${name}: ${word}, the answer lost, tried again`, over],
    [`${name}: ${word}, sent twice at once`, over],
    [`${name}: failed, nothing was done`, ended(situation, 'unknown')],
    [`${name}: failed, ${word} all the same`, ended(reached, 'unknown')],
    [`${name}: failed, and is still on its way`, ended({ ...situation, stray: [...situation.stray, task] }, 'unknown')],
  ];
};

type Ended = (to: Situation, result: Result) => Situation;

const waitNext = (saga: AnySaga, input: SagaInput, situation: Situation, task: Task, since: number, ended: Ended): readonly Next[] => {
  const name = idOf(task);
  const { [name]: _, ...waiting } = situation.waiting;
  const step = stepNamed(saga, task.step);
  const said = eventsSince(situation.world, commandFor(saga, input, task).stream, since)
    .map((event) => answerIn(step, event))
    .find((answer) => answer !== undefined);
  const over = { ...situation, waiting };
  return [
    [`${name}: time is up`, ended(over, 'unknown')],
    ...(said === undefined ? [] : [[`${name}: answered`, ended(over, 'proceed' in said ? 'done' : 'not done')] as const]),
  ];
};

/** Again; or, where it is certain that the point of no return was not passed, back. */
const operatorNext = (saga: AnySaga, input: SagaInput, situation: Situation): readonly Next[] => {
  const { flow, world, stray } = situation;
  if (flow.waits === undefined) return [];
  const task = flow.waits;
  const { stream, request } = commandFor(saga, input, task);
  const again: Next = [`operator: ${idOf(task)} again`, { ...situation, flow: told(saga, input.context, flow, true), isWatched: true }];
  const isPassed = Object.values(world).some(
    ({ address, commands }) => address.aggregate === stream.aggregate && commands[request.commandId],
  );
  if (task.does !== 'send' || isPassed || stray.includes(task)) return [again];
  return [again, [`operator: gives ${idOf(task)} up`, { ...situation, flow: told(saga, input.context, flow, false) }]];
};

/** A command that nobody waits for any more arrives. */
const strayNext = (saga: AnySaga, input: SagaInput, situation: Situation): readonly Next[] =>
  situation.stray.map((task) => {
    const executed = execute(situation.world, commandFor(saga, input, task));
    const world = 'refused' in executed ? situation.world : executed.world;
    return [`${idOf(task)} arrives late`, { ...situation, world, stray: situation.stray.filter((one) => one !== task) }];
  });

const outsideNext = ({ outside }: Process, situation: Situation): readonly Next[] =>
  situation.outside.flatMap((index) => {
    const sending = outside[index] as Sending;
    const executed = execute(situation.world, wantedOf(sending, `outside-${index}`));
    if ('refused' in executed || executed.world === situation.world) return []; // As if it had not happened.
    return [
      [sending.command.type, { ...situation, world: executed.world, outside: situation.outside.filter((one) => one !== index) }] as const,
    ];
  });

const isOver = ({ flow: { way } }: Situation): boolean => way === 'Completed' || way === 'Aborted';

const brokenIn = ({ invariants }: Process, situation: Situation): string | undefined =>
  isOver(situation) ? Object.entries(invariants).find(([, holds]) => !holds(situation.world))?.[0] : undefined;

/** Breadth first, so that what is found broken is found on a shortest path. */
const search = (
  start: Situation,
  nexts: (situation: Situation) => readonly Next[],
  broken: (situation: Situation) => string | undefined,
): Walked => {
  const seen = new Map<string, Seen>();
  const met = new WeakMap<Situation, Seen>();
  const queue = [meet(seen, start, undefined, '')];
  for (const node of queue) {
    const failure = broken(node.situation);
    if (failure !== undefined) return { paths: 0n, situations: seen.size, failure: { broken: failure, path: pathTo(node) } };
    for (const [what, to] of nexts(node.situation)) {
      if ('broken' in to) return { paths: 0n, situations: seen.size, failure: { broken: to.broken, path: [...pathTo(node), what] } };
      const size = seen.size;
      const next = met.get(to) ?? meet(seen, to, node, what);
      met.set(to, next);
      node.nexts.push(next);
      if (seen.size > size) queue.push(next);
    }
  }
  return { paths: pathsFrom(queue), situations: seen.size };
};

interface Seen {
  readonly situation: Situation;
  readonly from: Seen | undefined;
  readonly what: string;
  readonly nexts: Seen[];
}

const meet = (seen: Map<string, Seen>, situation: Situation, from: Seen | undefined, what: string): Seen => {
  const { world, ...rest } = situation;
  const key = `${JSON.stringify(rest)}${Object.values(world).map(numberOf).join()}`;
  const known = seen.get(key);
  if (known !== undefined) return known;
  const node = { situation, from, what, nexts: [] };
  seen.set(key, node);
  return node;
};

const pathTo = (node: Seen): string[] => (node.from === undefined ? [] : [...pathTo(node.from), node.what]);

/** An end is a situation in which nothing more has to happen; what still may happen there makes further paths. */
const pathsFrom = (nodes: readonly Seen[]): bigint => {
  const counts = new Map<Seen, bigint>();
  const count = (node: Seen): bigint => {
    const known = counts.get(node);
    if (known !== undefined) return known;
    const sum = node.nexts.reduce((all, next) => all + count(next), isOver(node.situation) ? 1n : 0n);
    counts.set(node, sum);
    return sum;
  };
  return count(nodes[0] as Seen);
};
