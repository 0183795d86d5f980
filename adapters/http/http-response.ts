import type { GivenBy, RouteName } from './routes.ts';

/** An answer. `Header` is the names of the headers that it may have. */
export interface HttpResponse<Header extends string = string> {
  readonly status: number;
  readonly headers?: { readonly [Name in Header]?: string };
  readonly body?: unknown;
}

/** An answer of a route. A header that the table of routes does not give the route does not compile. */
export type AnswerOf<R extends RouteName> = HttpResponse<GivenBy<R> | ProblemHeader>;

export type ProblemHeader = 'content-type' | 'www-authenticate' | 'retry-after' | 'allow';

export const ok = <Header extends string = never>(
  body: unknown,
  headers?: { readonly [Name in Header]?: string },
): HttpResponse<Header> => ({
  status: 200,
  ...(headers === undefined ? {} : { headers }),
  body,
});
