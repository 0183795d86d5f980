import { isRequestXRaySampled } from '@aws-lambda-powertools/commons/utils/env';
import type { Tracer } from '@aws-lambda-powertools/tracer';
import type middy from '@middy/core';

/** Under which ids the log, the events and the traces have what led to something. */
export interface Cause {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export interface TracingPorts<E> {
  /** The clients of AWS whose calls are shown. */
  readonly clients: readonly object[];
  /** What led to an invocation; several, where it is a batch. */
  readonly causesOf: (event: E) => readonly Cause[];
}

/** The tracer is beside the bundle, and not in the way: it is loaded where an invocation is one of the few that X-Ray samples. */
const load = async (clients: readonly object[]) => {
  const { openTracer } = await import('#tracer');
  return openTracer(clients);
};

/** A middleware that traces a sampled invocation: how it went, its calls of AWS, and the ids by which it is found. */
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

/** A trace is found by an id where any part of it has the id: each commit of a batch is a part. */
const annotate = (tracer: Tracer, causes: readonly Cause[]): void => {
  const parts = causes.length === 1 ? [tracer.getSegment()] : causes.map(() => tracer.getSegment()?.addNewSubsegment('commit'));
  for (const [index, part] of parts.entries()) {
    for (const [name, id] of Object.entries(causes[index] ?? {})) if (id !== undefined) part?.addAnnotation(name, id);
    if (causes.length > 1) part?.close();
  }
};

/** What the caller did wrong is no fault of the function. */
const isAnswered = (response: unknown): boolean => ((response as { readonly statusCode?: number } | undefined)?.statusCode ?? 500) < 500;
