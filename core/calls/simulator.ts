import type { AnyDecider, CommandOf } from '../write/decider.ts';

/**
 * Plays a third party on a developer's machine. Its state is the fold of the requests that it accepted, in their order; after a restart
 * the runner replays them. The runner keeps the requests and the clock, and sends the commands to the service. The simulator decides what
 * to answer, and when.
 */
export interface Simulator<D extends AnyDecider, S> {
  /** The name of the third party in the domain's calls. */
  readonly name: string;
  /** The aggregate that receives its commands. */
  readonly answers: D;
  readonly initialState: () => S;
  /** Answers a `PUT` or `POST`, from the service or from a person who controls the simulator. It must parse the body. */
  readonly take: (state: S, request: SimulatorRequest) => Taken<S, D>;
  /** Answers a `GET` from its state. */
  readonly tell: (state: S, path: string) => Said;
  /** A line for the person who starts it: how to control the simulator at this URL. */
  readonly hint: (url: string) => string;
}

export interface SimulatorRequest {
  /** Method and path: `PUT /behaviour`. */
  readonly what: string;
  readonly body: unknown;
}

export interface Said {
  /** The HTTP status. */
  readonly status: number;
  readonly body: object;
}

/** The answer to a request, the new state, and the commands to send later. A refused request (4xx) leaves the state as it was. */
export interface Taken<S, D extends AnyDecider> extends Said {
  readonly state: S;
  readonly sends?: readonly LaterCommand<D>[];
}

export interface LaterCommand<D extends AnyDecider> {
  readonly afterSeconds: number;
  readonly id: string;
  /** The tenant that owns the aggregate; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  readonly command: CommandOf<D>;
}

/**
 * Defines a simulator, which plays a third party on a developer's machine: a fold of the requests that it accepted. The types come from the
 * aggregate that receives its commands. `domain/simulators.ts` lists the simulators of a service.
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
