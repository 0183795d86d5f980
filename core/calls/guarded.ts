import type { Limits } from './calls.ts';
import { admission, afterFailure, type Circuit, closedCircuit, isOpen } from './circuit.ts';
import { type CallAnswer, CallHeld, CallRefused, type OutboundCall, type ThirdParties, Unanswered } from './outbound-requests.ts';

/** What all instances of a function know together. */
export interface Circuits {
  /** Strongly consistent. `version` is undefined if nothing is known, which is a closed circuit. */
  read(name: string): Promise<KnownCircuit>;
  /** Replaces what was read; `undefined` removes it. Answers undefined, and has done nothing, if another instance has replaced it since. */
  replace(name: string, seen: KnownCircuit, circuit: Circuit | undefined): Promise<KnownCircuit | undefined>;
  /**
   * Takes the next place in the row of calls, which are this far apart. Answers how long it is until then. Undefined, and none taken, if
   * it would be longer than `mostMilliseconds`.
   */
  place(
    name: string,
    row: { readonly apart: number; readonly now: number; readonly mostMilliseconds: number },
  ): Promise<number | undefined>;
}

export interface KnownCircuit {
  readonly circuit: Circuit;
  readonly version: string | undefined;
}

export interface GuardPorts {
  readonly thirdParties: ThirdParties;
  readonly circuits: Circuits;
  /** By the name of the third party. The others are called without a guard. */
  readonly limits: ReadonlyMap<string, Limits>;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** From 0 to less than 1. */
  readonly chance: () => number;
  /** Called for each call that waits because the circuit is open. */
  readonly onHeld: (name: string) => void;
}

/** For so long an instance believes what it has read. */
const freshMilliseconds = 5000;
/** For so long a call waits for its place in the function, and beyond it in the queue. */
const mostMilliseconds = 10_000;
/** So often another instance may be faster in counting a failure. Then it has counted enough. */
const mostRaces = 3;
/** If a third party asks for a longer pause, the call goes back into the queue. */
const longestPauseSeconds = 5;

/**
 * Third parties that are called no more often than they bear, and not at all while they are down.
 * A call that has to wait throws CallHeld: it belongs back into the queue.
 */
export const guarded = (ports: GuardPorts): ThirdParties => {
  const { thirdParties, circuits, limits, onHeld, chance } = ports;
  const known = new Map<string, KnownCircuit & { readonly at: number }>();
  const milliseconds = () => ports.now().getTime();
  const read = async (name: string): Promise<KnownCircuit> => {
    const found = await circuits.read(name);
    known.set(name, { ...found, at: milliseconds() });
    return found;
  };
  const recent = async (name: string): Promise<KnownCircuit> => {
    const one = known.get(name);
    return one !== undefined && milliseconds() - one.at < freshMilliseconds ? one : read(name);
  };
  const replace = async (name: string, seen: KnownCircuit, circuit: Circuit | undefined): Promise<KnownCircuit | undefined> => {
    known.delete(name);
    return circuits.replace(name, seen, circuit);
  };

  const held = (name: string, seconds: number): CallHeld => {
    onHeld(name);
    // Those that wait come back one after the other.
    return new CallHeld(`${name}: it is not called, because its circuit is open`, seconds * (1 + chance()));
  };

  /** Answers the circuit in which the call is made. @throws CallHeld. */
  const admit = async (name: string): Promise<KnownCircuit> => {
    let seen = await recent(name);
    let may = admission(seen.circuit, milliseconds());
    if (typeof may === 'object' && 'probe' in may) {
      // What was read may be old: another instance tries, or has closed the circuit.
      seen = await read(name);
      may = admission(seen.circuit, milliseconds());
    }
    if (may === 'closed') return seen;
    if ('waitSeconds' in may) throw held(name, may.waitSeconds);
    const probing = await replace(name, seen, may.probe);
    if (probing === undefined) throw held(name, secondsAfterRace);
    return probing;
  };

  /** Waits for the call's place in the row. @throws CallHeld, and no place is taken. */
  const pace = async (name: string, atMost: number): Promise<void> => {
    const { ratePerSecond } = limits.get(name) ?? {};
    if (ratePerSecond === undefined) return;
    const apart = 1000 / ratePerSecond;
    const wait = await circuits.place(name, { apart, now: milliseconds(), mostMilliseconds: atMost });
    if (wait === undefined) throw new CallHeld(`${name}: it has as many calls as it bears`, (atMost / 1000) * (1 + chance()));
    await ports.wait(wait);
  };

  /** Each try has a place of its own. A circuit that is open is tried once. */
  const attempt = async (call: OutboundCall, mostTries: number): Promise<CallAnswer> => {
    await pace(call.to, mostMilliseconds);
    for (let tries = 1; ; tries++) {
      try {
        return await thirdParties.call(call, { maxTries: 1 });
      } catch (error) {
        if (!(error instanceof Unanswered) || tries >= mostTries || error.askedSeconds > longestPauseSeconds) throw error;
        await ports.wait(Math.max(error.askedSeconds, tries + chance()) * 1000);
        await pace(call.to, mostMilliseconds / 2).catch(() => {
          throw error;
        });
      }
    }
  };

  const noteFailure = async (name: string, seen: KnownCircuit, askedSeconds: number): Promise<Circuit> => {
    let last = seen;
    for (let tries = 1; tries <= mostRaces; tries++) {
      const next = afterFailure(last.circuit, milliseconds(), askedSeconds);
      if ((await replace(name, last, next)) !== undefined) return next;
      last = await read(name);
      if (isOpen(last.circuit)) return last.circuit;
    }
    return last.circuit;
  };

  return {
    known: thirdParties.known,
    call: async (call) => {
      const { to } = call;
      if (!limits.has(to)) return thirdParties.call(call);
      const seen = await admit(to);
      const noteAnswer = async () => {
        // Nothing is written while all is well. If another instance was faster, it has seen something newer.
        if (seen.circuit.failures > 0) await replace(to, seen, undefined);
      };
      try {
        const answer = await attempt(call, isOpen(seen.circuit) ? 1 : 3);
        await noteAnswer();
        return answer;
      } catch (error) {
        if (error instanceof CallRefused) await noteAnswer();
        if (!(error instanceof Unanswered)) throw error;
        const now = await noteFailure(to, seen, error.askedSeconds);
        // Back into the queue, as a new message: an outage does not use up its receives.
        if (isOpen(now)) throw held(to, Math.max(1, (now.until - milliseconds()) / 1000));
        throw error;
      }
    },
  };
};

const secondsAfterRace = 30;

/** A third party of which nothing is known. */
export const unknownCircuit: KnownCircuit = { circuit: closedCircuit, version: undefined };
