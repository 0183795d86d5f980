/** Tells whether an event matches. */
export type Matches = (event: unknown) => boolean;

type Condition = (value: unknown) => boolean;

/**
 * Compiles the patterns of a filter; an event passes if one of them matches, or if there are none.
 * @throws Error, naming the operator that is not known here.
 */
export const compileFilter = (patterns: readonly string[]): Matches => {
  const compiled = patterns.map((pattern) => compilePattern(JSON.parse(pattern)));
  return (event) => compiled.length === 0 || compiled.some((matches) => matches(event));
};

/** An EventBridge pattern: objects go down into the event, lists hold the conditions of which one must hold. */
export const compilePattern = (pattern: unknown): Matches => {
  if (!isObject(pattern)) throw new Error(`an event pattern is an object, not ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    if (name === '$or') return anyOf((wanted as readonly unknown[]).map(compilePattern));
    const matches = Array.isArray(wanted) ? anyElement(anyOf(wanted.map(compileCondition))) : intoList(compilePattern(wanted));
    return (event: unknown) => matches(isObject(event) ? event[name] : undefined);
  });
  return (event) => fields.every((matches) => matches(event));
};

const operators: Readonly<Record<string, (operand: unknown) => Condition>> = {
  prefix: (operand) => (value) => typeof value === 'string' && value.startsWith(operand as string),
  suffix: (operand) => (value) => typeof value === 'string' && value.endsWith(operand as string),
  'equals-ignore-case': (operand) => (value) => typeof value === 'string' && value.toLowerCase() === (operand as string).toLowerCase(),
  exists: (operand) => (value) => (value !== undefined) === operand,
  'anything-but': (operand) => {
    const excluded = anyOf([operand].flat().map(compileCondition));
    return (value) => value !== undefined && !excluded(value);
  },
  numeric: (operand) => {
    const bounds = pairs(operand as readonly unknown[]).map(([comparison, bound]) => compare(String(comparison), Number(bound)));
    return (value) => typeof value === 'number' && bounds.every((holds) => holds(value));
  },
};

const compileCondition = (wanted: unknown): Condition => {
  if (!isObject(wanted)) return (value) => value === wanted;
  const [[name, operand] = [], ...more] = Object.entries(wanted);
  const operator = Object.hasOwn(operators, name ?? '') ? operators[name ?? ''] : undefined;
  if (operator === undefined || more.length > 0)
    throw new Error(`the filter has a condition that is not known here: ${JSON.stringify(wanted)}`);
  return operator(operand);
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

const compare = (name: string, bound: number): ((value: number) => boolean) => {
  const comparison = comparisons[name];
  if (comparison === undefined) throw new Error(`the filter has a comparison that is not known here: ${name}`);
  return (value) => comparison(value, bound);
};

const anyOf =
  (conditions: readonly Condition[]): Condition =>
  (value) =>
    conditions.some((holds) => holds(value));

/** Where the event has a list, one of its elements must do. */
const anyElement =
  (holds: Condition): Condition =>
  (value) =>
    Array.isArray(value) && value.length > 0 ? value.some(holds) : holds(Array.isArray(value) ? undefined : value);

const intoList =
  (matches: Matches): Matches =>
  (value) =>
    Array.isArray(value) ? value.some(matches) : matches(value);

const pairs = (list: readonly unknown[]): (readonly [unknown, unknown])[] =>
  list.flatMap((item, index) => (index % 2 === 0 ? [[item, list[index + 1]] as const] : []));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
