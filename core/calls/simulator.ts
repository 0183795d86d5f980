import type { AnyDecider, CommandOf } from '../write/decider.ts';

/**
 * Stands for a third party on this machine, where there is none. What it holds is the fold of the requests that it took, in their order,
 * so it is told once more after a restart and holds the same. Whoever runs it keeps the requests, the clock and the line to the
 * service: it says what it answers, and when.
 */
export interface Simulator<D extends AnyDecider, S> {
  /** The third party that the domain calls. */
  readonly name: string;
  /** The aggregate that its answers go to. */
  readonly answers: D;
  readonly initialState: () => S;
  /** Takes a request with `PUT` or `POST`, of the service's or of a person who tells it what to do; parse what comes. */
  readonly take: (state: S, request: SimulatorRequest) => Taken<S, D>;
  /** Tells what it holds, to a request with `GET`. */
  readonly tell: (state: S, path: string) => Said;
  /** For whoever starts it: how to tell it what to do, given its URL. */
  readonly hint: (url: string) => string;
}

export interface SimulatorRequest {
  /** `PUT /behaviour`. */
  readonly what: string;
  readonly body: unknown;
}

export interface Said {
  /** Of HTTP. */
  readonly status: number;
  readonly body: object;
}

/** What it holds from now on and says at once, and the commands that it sends later on. What it turns down (4xx) has not happened. */
export interface Taken<S, D extends AnyDecider> extends Said {
  readonly state: S;
  readonly sends?: readonly LaterCommand<D>[];
}

export interface LaterCommand<D extends AnyDecider> {
  readonly afterSeconds: number;
  readonly id: string;
  /** Whose the aggregate is, in a service that has tenants. */
  readonly tenant?: string | undefined;
  readonly command: CommandOf<D>;
}

/**
 * Defines what plays a third party on a developer's machine: a fold of the requests that it took. Types flow from the aggregate that it
 * answers to. `domain/simulators.ts` lists the simulators of a service.
 *
 * @example
 * export const bank = defineSimulator({
 *   name: 'payment-provider',
 *   answers: payment,
 *   initialState: () => ({ charged: 0 }),
 *   take: (state, { what }) => {
 *     const id = /^POST \/payments\/([^/]+)\/charge$/.exec(what)?.[1];
 *     if (id === undefined) return { state, status: 404, body: {} };
 *     const command = { type: 'ReceivePayment', data: {} } as const;
 *     return { state: { charged: state.charged + 1 }, status: 202, body: {}, sends: [{ afterSeconds: 1, id, command }] };
 *   },
 *   tell: (state) => ({ status: 200, body: state }),
 *   hint: (url) => `curl ${url}/`,
 * });
 */
export const defineSimulator = <const D extends AnyDecider, S>(simulator: Simulator<D, S>): Simulator<D, S> => simulator;

// biome-ignore lint/suspicious/noExplicitAny: the existential "some simulator".
export type AnySimulator = Simulator<any, any>;
