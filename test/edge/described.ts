import { methodsOf, noRouteKey, type RouteName, routeNames, routeOfKey, rowOf } from '../../adapters/http/routes.ts';
import { matchRoute } from '../../local/http/route-table.ts';
import type { edgeOf, Reply } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
export type Json = any;

/** An operation of the OpenAPI document, and the row of the table that API Gateway takes its requests to. */
export interface Operation {
  /** `GET /order-summary/{key}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly route: RouteName;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[];
  readonly responses: Readonly<Record<string, Json>>;
}

const keys = [...routeNames.flatMap((name) => methodsOf(rowOf(name)).map((method) => `${method} ${rowOf(name).path}`)), noRouteKey];
const targets = keys.map((key) => ({ key, target: key }));

/** Asks by method and URL: the route is chosen as API Gateway chooses it. */
export const callOf =
  ({ ask }: Pick<ReturnType<typeof edgeOf>, 'ask'>) =>
  (method: string, path: string, asked: Asked = {}): Promise<Reply> => {
    const match = matchRoute(targets, method, path);
    const { key = noRouteKey, parameters = {} } = match ?? {};
    return ask(key === noRouteKey ? `${method} ${noRouteKey}` : key, { ...asked, path: decodeURIComponent(path), params: parameters });
  };
export type Call = ReturnType<typeof callOf>;

export const operationsOf = (api: Json): readonly Operation[] =>
  Object.entries<Json>(api.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([lowerCase, { parameters = [], responses }]) => {
      const method = lowerCase.toUpperCase();
      const route = routeOfKey(matchRoute(targets, method, filled(path))?.key ?? '');
      if (route === undefined) throw new Error(`${method} ${path} is described, and no route takes it`);
      const resolved = parameters.map((one: Json) =>
        one.$ref === undefined ? one : api.components.parameters[one.$ref.split('/').at(-1)],
      );
      return { name: `${method} ${path}`, method, path, route, parameters: resolved, responses };
    }),
  );

/** The path of a member that there is: an order 42, and a customer who is called that, too. */
export const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, '42');

/** The names of the headers that an answer of an operation is described with. */
export const describedHeaders = (api: Json, { responses }: Operation, status: number): ReadonlySet<string> => {
  const always = Object.keys(api.components.headers).filter((name) => !['retry-after', 'www-authenticate', 'allow'].includes(name));
  return new Set([...always, ...Object.keys(responses[status]?.headers ?? {}), ...(responses[status]?.content ? ['content-type'] : [])]);
};
