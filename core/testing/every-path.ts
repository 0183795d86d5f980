import type { Message } from '../basics/messages.ts';
import type { SagaAnswer, SagaInput } from '../sagas/ports.ts';
import { answerIn } from '../sagas/running/awaited.ts';
import { stepNamed } from '../sagas/running/definition.ts';
import { answerOf, lateAnswer } from '../sagas/running/learning.ts';
import { startOf } from '../sagas/running/run.ts';
import type { AnySaga } from '../sagas/saga.ts';
import type { AnyDecider } from '../write/decider.ts';
import { type Next as NextOf, search, type Walked } from './path-search.ts';
import { after, begin, type Flow, idOf, type Result, type Task, tasksAt, told } from './saga-flow.ts';
import { isInterrupted, type Lengths, lengthsOf, looks, passesWith } from './saga-interruptions.ts';
import { commandFor, inputOf, learnedBy, streamFor, type Telling, type Tried, type Trust, triesOf, watchedSince } from './saga-tries.ts';
import { eventsSince, execute, executeAnew, knownSince, numberOf, type Wanted, type World } from './saga-world.ts';

/** A command, and the aggregate that it is sent to. */
export interface Sending {
  readonly to: AnyDecider;
  readonly id: string;
  readonly command: Message;
}

/** A process of a saga to walk with `everyPath` or `sagaPaths`. */
export interface Process {
  /** The commands before the saga. The last of them must record the event that starts the saga. */
  readonly given: readonly Sending[];
  /** The commands that others may send at any moment, each as often as it is listed. */
  readonly outside: readonly Sending[];
  /** How many tasks are tried again on one path. Without it: any number. */
  readonly retries?: number;
  /** What must hold at the end of every path. */
  readonly invariants: Readonly<Record<string, (world: World) => boolean>>;
}

/** The whole state of a walk: the execution, the aggregates, late commands on their way, and the commands that others can still send. */
export interface SagaSituation {
  readonly flow: Flow;
  readonly world: World;
  /** The steps that wait for an event, with the version from which on an event answers them. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly stray: readonly Task[];
  readonly outside: readonly number[];
  /** The tasks that were tried before. */
  readonly tried: readonly string[];
  readonly retriesLeft: number;
  /** The tasks before which the saga has looked for an interruption. */
  readonly looked: readonly string[];
  /** The saga has passed its point of no return, so no event interrupts it. */
  readonly hasPassed: boolean;
  /** An operator watches the execution, so a task that they try again succeeds. */
  readonly isWatched: boolean;
}

type Situation = SagaSituation;
type Next = NextOf<Situation>;

export interface SagaWalk extends Telling {
  readonly process: Pick<Process, 'outside'>;
  readonly began: Lengths;
}

/**
 * Walks everything that can happen to a saga, in every order. A command is done, refused, sent twice, lost, delayed, or its answer is lost.
 * It is tried again while its id is still known, or after it was forgotten and is decided again. Others send their commands at any moment,
 * or not at all. Each wait ends in time or times out. Returns the number of paths, and the shortest path that breaks an invariant.
 *
 * @example
 * const { paths, situations, failure } = everyPath(fulfilment, {
 *   given: [{ to: order, id: '42', command: place }],
 *   outside: [{ to: order, id: '42', command: cancel }],
 *   invariants,
 * });
 */
export const everyPath = (saga: AnySaga, process: Process, trust: Trust = 'doubted'): Walked => {
  const walk: SagaWalk = { saga, process, input: startedBy(saga, process), trust, began: lengthsOf(worldOf(process)) };
  const start = { ...first(walk, process.retries), world: worldOf(process) };
  const nexts = (situation: Situation) => [...sagaNext(walk, situation), ...outsideNext(process, situation)];
  return search(start, { nexts, keyOf, isOver, brokenIn: (situation) => brokenIn(process, situation) });
};

/** What can happen next to one run of a saga. */
export const sagaNext = (walk: SagaWalk, situation: Situation): readonly Next[] => [
  ...tasksAt(walk.saga, walk.input.context, situation.flow).flatMap((task) => tasksNext(walk, situation, task)),
  ...operatorNext(walk, situation),
  ...strayNext(walk, situation),
];

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
  if (input === undefined) throw new Error(`${saga.name} does not start on the last event of \`given\``);
  return input;
};

/** The beginning of a run, in an empty world. */
export const first = ({ saga, process, input }: SagaWalk, retries = Number.POSITIVE_INFINITY): Situation => ({
  flow: begin(saga, input.context),
  world: {},
  waiting: {},
  stray: [],
  outside: process.outside.map((_, index) => index),
  tried: [],
  retriesLeft: retries,
  looked: [],
  hasPassed: false,
  isWatched: false,
});

const tasksNext = (walk: SagaWalk, situation: Situation, task: Task): readonly Next[] => {
  const name = idOf(task);
  if (task.does === 'wait') return [[`${name}: its time has come`, end(walk, situation, task, 'done')]];
  const since = situation.waiting[name];
  if (since !== undefined) return waitNext(walk, situation, task, since);
  if (looks(walk, task) && !situation.looked.includes(name)) return [lookNext(walk, situation, task)];
  if (task.does === 'close') return [['the saga is over', end(walk, situation, task, 'done')]];
  if (task.does === 'send' && stepNamed(walk.saga, task.step).send === undefined) return beginsToWait(walk, situation, task);
  const isAgain = situation.tried.includes(name);
  const isLast = isAgain || situation.isWatched || situation.retriesLeft === 0;
  return triesOf(walk, situation.world, task, isAgain).flatMap((tried) => [
    ...endsNext(walk, situation, task, tried),
    ...(isLast ? [] : againNext(situation, task, tried)),
  ]);
};

/** The look for an interruption. At the point of no return it decides, in one write, and the decision holds for later tries. */
const lookNext = (walk: SagaWalk, situation: Situation, task: Task): Next => {
  const name = idOf(task);
  const passes = passesWith(walk, task);
  if (!situation.hasPassed && isInterrupted(walk, situation.world, task)) {
    const result = !passes && situation.tried.includes(name) ? 'unknown' : 'not done';
    return [`${name}: interrupted`, end(walk, situation, task, result)];
  }
  const looked = [...situation.looked, name].toSorted();
  return [`${name}: not interrupted`, { ...situation, looked, hasPassed: situation.hasPassed || passes }];
};

/** A step that only waits has no command that could be lost or doubled. */
const beginsToWait = (walk: SagaWalk, situation: Situation, task: Task): readonly Next[] => {
  const name = idOf(task);
  const waiting = { ...situation.waiting, [name]: watchedSince(walk, situation.world, task) };
  return [[`${name}: begins to wait`, { ...without(situation, name), waiting }]];
};

const endsNext = (walk: SagaWalk, situation: Situation, task: Task, tried: Tried): readonly Next[] => {
  const { how, world, result, since } = tried;
  const name = idOf(task);
  if (result === 'not done' && task.does !== 'send') return [[`${name}: ${how}`, { broken: `${name} is ${how}` }]];
  const { [name]: _, ...waiting } = situation.waiting;
  const ended = (to: Situation, as: Result) => end(walk, to, task, as, as === 'done' ? learnedBy(walk, task, tried) : undefined);
  const reached = { ...situation, world };
  const waits = task.does === 'send' && result === 'done' && stepNamed(walk.saga, task.step).awaits !== undefined;
  const over = waits ? { ...without(reached, name), waiting: { ...waiting, [name]: since } } : ended(reached, result);
  if (situation.isWatched) return [[`${name}: ${how}`, over]];
  return [
    [`${name}: ${how}`, over],
    [`${name}: ${how}, sent twice at once`, over, true],
    [`${name}: failed, nothing was done`, ended(situation, 'unknown'), true],
    [`${name}: failed, ${how} all the same`, ended(reached, 'unknown'), true],
    [`${name}: failed, and is still on its way`, ended(onItsWay(situation, task), 'unknown'), true],
  ];
};

const againNext = (situation: Situation, task: Task, { how, world }: Tried): readonly Next[] => {
  const name = idOf(task);
  const { tried, retriesLeft } = situation;
  const looked = situation.looked.filter((one) => one !== name);
  const again = { ...situation, looked, tried: [...tried, name].toSorted(), retriesLeft: retriesLeft - 1 };
  return [
    [`${name}: crashed before, and is tried again`, again, true],
    [`${name}: ${how}, the answer lost, and is tried again`, { ...again, world }, true],
    [`${name}: still on its way, and is tried again`, onItsWay(again, task), true],
  ];
};

/** Adds a late copy of a command, at most one per task: a second copy would have the same effect as the first. */
const onItsWay = (situation: Situation, task: Task): Situation =>
  situation.stray.some((one) => idOf(one) === idOf(task)) ? situation : { ...situation, stray: [...situation.stray, task] };

/** The situation after a task has ended, or has begun to wait. */
const without = (situation: Situation, name: string): Situation => ({
  ...situation,
  tried: situation.tried.filter((one) => one !== name),
  looked: situation.looked.filter((one) => one !== name),
  isWatched: false,
});

const end = ({ saga, input }: SagaWalk, situation: Situation, task: Task, result: Result, learned?: unknown): Situation => ({
  ...without(situation, idOf(task)),
  flow: after(saga, input.context, situation.flow, task, result, learned),
});

const waitNext = (walk: SagaWalk, situation: Situation, task: Task, since: number): readonly Next[] => {
  const name = idOf(task);
  const { [name]: _, ...waiting } = situation.waiting;
  const step = stepNamed(walk.saga, task.step);
  const event = eventsSince(situation.world, streamFor(walk, task), since).find((one) => answerIn(step, one) !== undefined);
  const learning = { saga: walk.saga, step: task.step, input: inputOf(walk.input, task) };
  const over = { ...situation, waiting };
  const ended = (said: SagaAnswer) => ('proceed' in said ? end(walk, over, task, 'done', said.output) : end(walk, over, task, 'not done'));
  const said = event && answerOf(learning, event);
  const late = lateAnswer(learning);
  const wakes = looks(walk, task) && isInterrupted(walk, situation.world, task);
  const woken: readonly Next[] = wakes ? [[`${name}: interrupted`, end(walk, over, task, 'unknown')]] : [];
  const answered: readonly Next[] = [...woken, ...(said === undefined ? [] : [[`${name}: answered`, ended(said)] as const])];
  // A step that goes on without its event has looked for it before.
  if (late !== undefined) return said === undefined ? [...woken, [`${name}: late`, ended(late)]] : answered;
  return [[`${name}: time is up`, end(walk, over, task, 'unknown')], ...answered];
};

/** An operator tries again, unless that cannot settle the outcome, or gives up a step that certainly was not carried out. */
const operatorNext = (walk: SagaWalk, situation: Situation): readonly Next[] => {
  const { saga, input } = walk;
  const { flow, world, stray } = situation;
  if (flow.waits === undefined) return [];
  const task = flow.waits;
  const name = idOf(task);
  const watched = {
    ...situation,
    flow: told(saga, input.context, flow, true),
    tried: [...situation.tried, name].toSorted(),
    isWatched: true,
  };
  const isDecided = triesOf(walk, world, task, true).every(({ result }) => result !== 'unknown');
  const again: readonly Next[] = isDecided ? [[`operator: ${name} again`, watched]] : [];
  const isPassed = knownSince(world, commandFor(walk, task)) !== undefined;
  if (task.does !== 'send' || isPassed || stray.includes(task)) return again;
  return [...again, [`operator: gives ${name} up`, { ...situation, flow: told(saga, input.context, flow, false) }]];
};

/** A late command arrives. If its step is not done, its id may also have been forgotten by then. */
const strayNext = (walk: SagaWalk, situation: Situation): readonly Next[] =>
  situation.stray.flatMap((task, index) => {
    const command = commandFor(walk, task);
    const isDone = task.does === 'send' && situation.flow.sent[idOf(task)] === 'done';
    const all = [execute, ...(isDone ? [] : [executeAnew])].map((by) => by(situation.world, command));
    const worlds = new Set(all.map((executed) => ('refused' in executed ? situation.world : executed.world)));
    const stray = situation.stray.filter((_, at) => at !== index);
    return [...worlds].map((world): Next => [`${idOf(task)} arrives late`, { ...situation, world, stray }]);
  });

const outsideNext = ({ outside }: Process, situation: Situation): readonly Next[] =>
  situation.outside.flatMap((index) => {
    const sending = outside[index] as Sending;
    const executed = execute(situation.world, wantedOf(sending, `outside-${index}`));
    if ('refused' in executed || executed.world === situation.world) return []; // It changes nothing.
    return [
      [sending.command.type, { ...situation, world: executed.world, outside: situation.outside.filter((one) => one !== index) }] as const,
    ];
  });

export const isOver = ({ flow: { way } }: Situation): boolean => way === 'Completed' || way === 'Aborted';

const brokenIn = ({ invariants }: Process, situation: Situation): string | undefined =>
  isOver(situation) ? Object.entries(invariants).find(([, holds]) => !holds(situation.world))?.[0] : undefined;

const keyOf = ({ world, ...rest }: Situation): string => `${JSON.stringify(rest)}${Object.values(world).map(numberOf).join()}`;
