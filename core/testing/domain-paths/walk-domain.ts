import type { Domain } from '../../registry/members.ts';
import type { Sending } from '../every-path.ts';
import type { World } from '../saga-world.ts';
import { withWorld } from './consequences.ts';
import { afterSending, type ClientSending, type Ground, isAtRest, stepsFrom } from './nexts.ts';
import { keyOf, type ParkedInWalk, type Situation } from './situation.ts';

/** What an invariant of a domain sees. */
export interface DomainSituation {
  /** The aggregates, for `stateOf`. */
  readonly world: World;
  /** ISO 8601. */
  readonly now: string;
  /** What processes could not carry out. */
  readonly parked: readonly ParkedInWalk[];
  /** The reminders whose time is ahead, each with the event that set it. */
  readonly ahead: readonly { readonly process: string; readonly event: string; readonly at: string }[];
}

type Invariants = Readonly<Record<string, (situation: DomainSituation) => boolean>>;

/** What may happen to a domain, and what must hold. */
export interface DomainPaths {
  /** The commands that set the world up. What they cause is part of the walk. */
  readonly given: readonly Sending[];
  /** What clients and third parties may do at any moment. What schedules and webhooks send belongs here. */
  readonly clients: readonly ClientSending[];
  /** What must hold whenever nothing is under way: no delivery, no run of a saga, and no reminder whose time has come. */
  readonly holds: Invariants;
  /** What must hold in every situation. */
  readonly always?: Invariants;
  /** How many disturbances at once are walked exhaustively; without it 2. */
  readonly disturbances?: number;
  /** The time of the first command, ISO 8601; without it 2018-01-01. */
  readonly begins?: string;
  /** Times at which a decision may change, beside those of reminders: ISO 8601, UTC, milliseconds. */
  readonly moments?: readonly string[];
  /** How many random walks with more disturbances come after the exhaustive one; without it 1,000. */
  readonly beyond?: number;
  /** Where the random walks begin; without it 1. The same seed walks the same paths. */
  readonly seed?: number;
  /** A walk of more situations fails, because it does not end in time; without it 1,000,000. */
  readonly atMost?: number;
}

export interface WalkedDomain {
  readonly situations: number;
  /** How many steps led to a situation that was known. */
  readonly merged: number;
  /** How many situations were at rest, so that `holds` was asked. */
  readonly atRest: number;
  readonly disturbances: number;
  /** The random walks that were made. */
  readonly beyond: number;
  /** The path with the fewest disturbances, and then the fewest steps, that breaks an invariant. */
  readonly failure?: { readonly broken: string; readonly path: readonly string[] };
}

interface Node {
  readonly from: Node | undefined;
  readonly what: string;
  readonly key: string;
  situation: Situation | undefined;
}

/** Walks a domain through every order of what its processes and clients may do. See `everyPathOfDomain`. */
export const walkDomain = (domain: Domain, paths: DomainPaths): WalkedDomain => {
  const { disturbances = 2, beyond = 1000, seed = 1 } = paths;
  const ground: Ground = { domain, clients: paths.clients, moments: paths.moments ?? [] };
  const start = startOf(domain, paths);
  const walked = exhaustive(ground, paths, start);
  if (walked.failure !== undefined) return walked;
  for (let walk = 0; walk < beyond; walk++) {
    const failure = wander(ground, paths, { start, random: randomFrom(seed + walk), left: 2 * disturbances + 2 });
    if (failure !== undefined) return { ...walked, beyond: walk + 1, failure };
  }
  return { ...walked, beyond };
};

const startOf = (domain: Domain, { given, clients, begins = '2018-01-01T00:00:00.000Z' }: DomainPaths): Situation => {
  const empty = { world: {}, now: begins, notices: [], strays: [], runs: [], parked: [], clients: clients.map(({ times = 1 }) => times) };
  return given.reduce<Situation>((situation, sending, index) => {
    const world = afterSending(situation.world, sending, { commandId: `given-${index}`, now: begins });
    if (world === undefined) throw new Error(`given: ${sending.command.type} of ${sending.to.name}-${sending.id} is refused`);
    return withWorld(domain, situation, world);
  }, empty);
};

/**
 * Visits each situation once, with the fewest disturbances that lead to it: what can happen after more of them can happen after fewer too.
 */
const exhaustive = (ground: Ground, paths: DomainPaths, start: Situation): WalkedDomain => {
  const { disturbances = 2, atMost = 1_000_000 } = paths;
  const seen = new Set<string>();
  const levels: Node[][] = Array.from({ length: disturbances + 1 }, () => []);
  const counts = { merged: 0, atRest: 0 };
  const told = () => ({ situations: seen.size, ...counts, disturbances, beyond: 0 });
  levels[0]?.push({ from: undefined, what: '', key: keyOf(start), situation: start });
  for (const [spent, level] of levels.entries())
    for (const node of level) {
      const { situation } = node;
      node.situation = undefined; // It is not needed any more, and there are many.
      if (situation === undefined || seen.has(node.key)) {
        counts.merged++;
        continue;
      }
      seen.add(node.key);
      if (seen.size > atMost) throw new Error(`more than ${atMost} situations: say fewer clients, or fewer disturbances`);
      if (isAtRest(situation)) counts.atRest++;
      const broken = brokenIn(paths, situation);
      if (broken !== undefined) return { ...told(), failure: { broken, path: pathTo(node) } };
      for (const [what, to, cost] of stepsFrom(ground, situation, disturbances - spent)) {
        const next = levels[spent + cost];
        if (next === undefined) continue;
        if ('broken' in to) return { ...told(), failure: { broken: to.broken, path: [...pathTo(node), what] } };
        const key = keyOf(to);
        if (seen.has(key)) counts.merged++;
        else next.push({ from: node, what, key, situation: to });
      }
    }
  return told();
};

const pathTo = (node: Node): string[] => {
  const path: string[] = [];
  for (let at: Node | undefined = node; at?.from !== undefined; at = at.from) path.unshift(at.what);
  return path;
};

const brokenIn = ({ holds, always = {} }: DomainPaths, situation: Situation): string | undefined => {
  const { world, now, parked, notices } = situation;
  const ahead = notices.flatMap(({ process, event, at }) => (at !== undefined && at > now ? [{ process, event, at }] : []));
  const asked = [...Object.entries(always), ...(isAtRest(situation) ? Object.entries(holds) : [])];
  return asked.find(([, isKept]) => !isKept({ world, now, parked, ahead }))?.[0];
};

interface Wandering {
  readonly start: Situation;
  readonly random: () => number;
  readonly left: number;
}

/** A walk that ends somewhere: a saga with a fault may go round for ever. */
const mostSteps = 500;

/** Takes one random path to its end. */
const wander = (ground: Ground, paths: DomainPaths, { start, random, left }: Wandering): WalkedDomain['failure'] => {
  let [situation, spare] = [start, left];
  const path: string[] = [];
  while (path.length < mostSteps) {
    const broken = brokenIn(paths, situation);
    if (broken !== undefined) return { broken, path };
    const steps = stepsFrom(ground, situation, spare).filter(([, , cost]) => cost <= spare);
    const step = steps[Math.floor(random() * steps.length)];
    if (step === undefined) return undefined;
    const [what, to, cost] = step;
    path.push(what);
    if ('broken' in to) return { broken: to.broken, path };
    situation = to;
    spare -= cost;
  }
  return undefined;
};

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
const randomFrom = (seed: number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};
