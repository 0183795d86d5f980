/** A JSON Schema as zod writes it. `x-checks` has the sources of the refinements, which JSON Schema cannot express. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Compatible: the new schema accepts all data that the old one accepted, and keeps all of it. */
export type Severity = 'compatible' | 'incompatible';

/** One difference between two schemas. */
export interface SchemaChange {
  readonly severity: Severity;
  /** `order.OrderPlaced.lines[].priceCents` */
  readonly path: string;
  /** In words: `removed`, `added, optional`, `minLength changed`. */
  readonly change: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Whether two schemas are equal, apart from the order of keys. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => ({ [name]: sorted(part) }));
};

/** The difference of the accepted types. `integer` is a part of `number`. */
export const typeChanges = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  const [were, are] = [typesOf(before), typesOf(after)];
  if (same(were, are)) return [];
  const isTaken = (type: unknown): boolean => are.includes(type) || (type === 'integer' && are.includes('number'));
  const isWider = are.length === 0 || (were.length > 0 && were.every(isTaken));
  const severity = isWider ? 'compatible' : 'incompatible';
  return [{ severity, path, change: isWider ? 'takes more types' : 'has another type', before, after }];
};

const typesOf = ({ type }: JsonSchema): readonly unknown[] => (type === undefined ? [] : [type].flat());

/** The keywords for the parts of a value, and keywords that do not restrict it. `boundChanges` ignores them. */
const otherKeywords = new Set(
  'type properties required additionalProperties items prefixItems anyOf oneOf allOf $defs examples'.split(' '),
);

/** The differences of the bounds of a value: lengths, limits, formats, allowed values. */
export const boundChanges = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  const [were, are] = [boundsOf(before), boundsOf(after)];
  const keywords = [...new Set([...Object.keys(were), ...Object.keys(are)])].filter((keyword) => !same(were[keyword], are[keyword]));
  return keywords.map((keyword) => {
    const [was, is] = [were[keyword], are[keyword]];
    const severity = isLoosened(keyword, was, is) ? 'compatible' : 'incompatible';
    const said = { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    return { severity, path, change: keyword === 'x-checks' ? 'its refinements changed' : `${keyword} changed`, ...said };
  });
};

/** A constant is a list of one allowed value. */
const boundsOf = ({ const: constant, ...schema }: JsonSchema): JsonSchema =>
  Object.fromEntries([
    ...Object.entries(schema).filter(([keyword]) => !otherKeywords.has(keyword)),
    ...(constant === undefined ? [] : [['enum', [constant]]]),
  ]);

const isLoosened = (keyword: string, before: unknown, after: unknown): boolean => {
  if (keyword === 'default' || keyword === '$ref') return false; // It changes the value of stored data without one.
  if (after === undefined) return true;
  if (before === undefined) return false;
  if (keyword === 'enum') return isWithin(before, after);
  if (keyword === 'x-checks') return isWithin(after, before);
  if (/^(exclusiveM|m)in/.test(keyword)) return Number(after) <= Number(before);
  if (/^(exclusiveM|m)ax/.test(keyword)) return Number(after) >= Number(before);
  return false;
};

const isWithin = (few: unknown, many: unknown): boolean =>
  (few as readonly unknown[]).every((one) => (many as readonly unknown[]).some((other) => same(one, other)));
