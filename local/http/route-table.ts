/** One route of an HTTP API: `GET /streams/{aggregate}/{id}`, `ANY /{proxy+}` or `$default`. */
export interface Route<Target> {
  readonly key: string;
  readonly target: Target;
}

export interface Match<Target> extends Route<Target> {
  /** The path's variables, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Candidate<Target> extends Match<Target> {
  /** How specific the match is, segment by segment, then by method; compared as text. */
  readonly rank: string;
}

/**
 * Finds a request's route as API Gateway does: the most specific path wins (text over variable over greedy variable),
 * then the named method over ANY, and `$default` takes the rest. The path is as it was sent, still encoded.
 * @throws URIError if a variable's value is not properly encoded.
 */
export const matchRoute = <Target>(routes: readonly Route<Target>[], method: string, path: string): Match<Target> | undefined => {
  const candidates = routes.flatMap((route) => candidate(route, method, path) ?? []);
  const [best] = candidates.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  if (best !== undefined) return best;
  const fallback = routes.find(({ key }) => key === '$default');
  return fallback && { ...fallback, parameters: {} };
};

const candidate = <Target>({ key, target }: Route<Target>, method: string, path: string): Candidate<Target> | undefined => {
  const [routeMethod, pattern = ''] = key.split(' ');
  if (key === '$default' || (routeMethod !== method && routeMethod !== 'ANY')) return undefined;
  const match = matchPath(pattern.split('/').slice(1), path.split('/').slice(1));
  return match && { key, target, parameters: match.parameters, rank: `${match.rank}${routeMethod === 'ANY' ? 1 : 0}` };
};

const matchPath = (pattern: readonly string[], path: readonly string[]): Pick<Candidate<never>, 'parameters' | 'rank'> | undefined => {
  const parameters: Record<string, string> = {};
  let rank = '';
  for (const [index, part] of pattern.entries()) {
    const [, name = '', greedy] = /^\{([^+}]+)(\+?)\}$/.exec(part) ?? [];
    const value = greedy ? path.slice(index).join('/') : path[index];
    if (value === undefined || (name === '' ? value !== part : value === '')) return undefined;
    if (name !== '') parameters[name] = decodeURIComponent(value);
    rank += name === '' ? 0 : greedy ? 2 : 1;
    if (greedy) return { parameters, rank };
  }
  return pattern.length === path.length ? { parameters, rank } : undefined;
};
