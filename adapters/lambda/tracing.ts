import { isRequestXRaySampled } from '@aws-lambda-powertools/commons/utils/env';
import type { Tracer } from '@aws-lambda-powertools/tracer';
import type middy from '@middy/core';

/** The ids of a cause, the same in the log, the events and the traces. */
export interface Cause {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export interface TracingPorts<E> {
  /** The AWS clients whose calls a trace shows. */
  readonly clients: readonly object[];
  /** The causes of an invocation. A batch has several. */
  readonly causesOf: (event: E) => readonly Cause[];
}

/** Loads the tracer, which is a file beside the bundle, only for an invocation that X-Ray samples. */
const load = async (clients: readonly object[]) => {
  const { openTracer } = await import('#tracer');
  return openTracer(clients);
};

/** A middleware that traces a sampled invocation: its outcome, its calls of AWS, and the ids for the search. */
export const traced = <E, R>({ clients, causesOf }: TracingPorts<E>): middy.MiddlewareObj<E, R> => {
  let loading: ReturnType<typeof load> | undefined;
  const open = new WeakSet<object>();
  return {
    before: async (request) => {
      if (!isRequestXRaySampled()) return;
      loading ??= load(clients);
      const { tracer, before } = await loading;
      before?.(request);
      open.add(request);
      annotate(tracer, causesOf(request.event));
    },
    after: async (request) => {
      if (open.has(request)) (await loading)?.after?.(request);
    },
    onError: async (request) => {
      if (!open.has(request)) return;
      const { after, onError } = (await loading) ?? {};
      if (isAnswered(request.response)) after?.(request);
      else onError?.(request);
    },
  };
};

/** A search by an id finds a trace if any segment has the id. So each commit of a batch gets a subsegment. */
const annotate = (tracer: Tracer, causes: readonly Cause[]): void => {
  const parts = causes.length === 1 ? [tracer.getSegment()] : causes.map(() => tracer.getSegment()?.addNewSubsegment('commit'));
  for (const [index, part] of parts.entries()) {
    for (const [name, id] of Object.entries(causes[index] ?? {})) if (id !== undefined) part?.addAnnotation(name, id);
    if (causes.length > 1) part?.close();
  }
};

/** A mistake of the caller (below 500) is not a fault of the function. */
const isAnswered = (response: unknown): boolean => ((response as { readonly statusCode?: number } | undefined)?.statusCode ?? 500) < 500;
