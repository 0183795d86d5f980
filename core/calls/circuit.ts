/**
 * What the calls of all instances have learned of a third party. Closed: `openings` is 0, and calls are made. Open: no call is made until
 * `until`; then one call tries, and the others wait for what comes of it.
 */
export interface Circuit {
  /** Failures without a success in between. */
  readonly failures: number;
  /** How often it has opened without a success in between. */
  readonly openings: number;
  /** Milliseconds of the clock. */
  readonly until: number;
  /** When it opened first; 0 while it is closed. */
  readonly since: number;
}

export const closedCircuit: Circuit = { failures: 0, openings: 0, until: 0, since: 0 };

/** So many calls may fail one after the other. A call has failed after three tries. */
const failuresToOpen = 5;
const firstWaitSeconds = 30;
const longestWaitSeconds = 300;
/** The one that tries has this long: longer than the function runs. If it dies, another one tries. */
const probeSeconds = 90;

export const isOpen = ({ openings }: Circuit): boolean => openings > 0;

/** May a call be made? `probe`: by the one who writes `next` first. Otherwise the seconds until it is worth asking again. */
export type Admission = 'closed' | { readonly probe: Circuit } | { readonly waitSeconds: number };

export const admission = (circuit: Circuit, now: number): Admission => {
  if (!isOpen(circuit)) return 'closed';
  if (now < circuit.until) return { waitSeconds: (circuit.until - now) / 1000 };
  return { probe: { ...circuit, until: now + probeSeconds * 1000 } };
};

/** After a call that the third party did not answer. `askedSeconds`: for so long the third party asked to be left alone. */
export const afterFailure = (circuit: Circuit, now: number, askedSeconds = 0): Circuit => {
  const failures = circuit.failures + 1;
  if (!isOpen(circuit) && failures < failuresToOpen) return { ...circuit, failures };
  const seconds = Math.min(firstWaitSeconds * 2 ** circuit.openings, longestWaitSeconds);
  return {
    failures,
    openings: circuit.openings + 1,
    until: now + Math.min(Math.max(seconds, askedSeconds), longestAskedSeconds) * 1000,
    since: isOpen(circuit) ? circuit.since : now,
  };
};

/** A third party may ask for a longer pause than ours, but not for days: it would be forgotten. */
const longestAskedSeconds = 3600;
