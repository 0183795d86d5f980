import { rowOf } from '../basics/messages.ts';
import { boundChanges, type JsonSchema, type SchemaChange, same, typeChanges } from './bounds.ts';

/** All differences between two schemas. A difference that cannot be judged counts as incompatible. */
export const changesOf = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  if (same(before, after)) return [];
  if (alternatives(before).every((one) => alternatives(after).some((other) => same(one, other))))
    return [{ severity: 'compatible', path, change: 'takes more kinds of data', before, after }];
  const ofType = typeChanges(before, after, path);
  if (ofType.some(({ severity }) => severity === 'incompatible')) return ofType;
  return [
    ...ofType,
    ...propertyChanges(before, after, path),
    ...otherFieldChanges(before, after, path),
    ...partChanges({ items: before['items'] }, { items: after['items'] }, path, () => '[]'),
    ...partChanges(before['prefixItems'], after['prefixItems'], path, (index) => `[${index}]`),
    ...['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => partChanges(before[keyword], after[keyword], path, (index) => `(${index})`)),
    ...definitionChanges(before, after, path),
    ...boundChanges(before, after, path),
  ];
};

const alternatives = (schema: JsonSchema): readonly JsonSchema[] =>
  Object.keys(schema).length === 1 ? ((schema['anyOf'] ?? schema['oneOf'] ?? [schema]) as readonly JsonSchema[]) : [schema];

type Schemas = Readonly<Record<string, JsonSchema>>;
const schemasAt = (schema: JsonSchema, keyword: string): Schemas => (schema[keyword] ?? {}) as Schemas;

const namesIn = (...tables: readonly object[]): readonly string[] => [...new Set(tables.flatMap(Object.keys))];

const propertyChanges = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  const [were, are] = [schemasAt(before, 'properties'), schemasAt(after, 'properties')];
  return namesIn(were, are).flatMap((name): readonly SchemaChange[] => {
    const at = `${path}.${name}`;
    const [was, is] = [rowOf(were, name), rowOf(are, name)];
    const [wasRequired, isRequired] = [isRequiredIn(before, name), isRequiredIn(after, name)];
    if (is === undefined) return [{ severity: 'incompatible', path: at, change: 'removed', before: was }];
    if (was === undefined) return [{ path: at, after: is, ...addition(before, isRequired) }];
    const requirement: readonly SchemaChange[] =
      wasRequired === isRequired
        ? []
        : [{ severity: isRequired ? 'incompatible' : 'compatible', path: at, change: isRequired ? 'is required now' : 'is optional now' }];
    return [...requirement, ...changesOf(was, is, at)];
  });
};

const isRequiredIn = ({ required }: JsonSchema, name: string): boolean => Array.isArray(required) && required.includes(name);

const addition = (before: JsonSchema, isRequired: boolean): Pick<SchemaChange, 'severity' | 'change'> => {
  if (isRequired) return { severity: 'incompatible', change: 'added, required' };
  // `false` refused other fields, and an absent keyword dropped them. But an open object may already have data under that name.
  if (before['additionalProperties']) return { severity: 'incompatible', change: 'added to an object that kept any field' };
  return { severity: 'compatible', change: 'added, optional' };
};

type OtherFields = JsonSchema | false | undefined;

/** The treatment of fields that the schema does not name: refused (`false`), dropped (absent), or kept if they fit. */
const otherFieldChanges = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  const [was, is] = [before['additionalProperties'], after['additionalProperties']] as [OtherFields, OtherFields];
  if (same(was, is)) return [];
  if (was && is) return changesOf(was, is, `${path}.*`);
  const severity = was === false || (was === undefined && is !== false) ? 'compatible' : 'incompatible';
  return [{ severity, path: `${path}.*`, change: 'fields that are not named are treated differently', before: was, after: is }];
};

/** Compares each member of a list or a tuple, and each alternative of a union, with its counterpart. */
const partChanges = (before: unknown, after: unknown, path: string, label: (key: string) => string): readonly SchemaChange[] => {
  const [were, are] = [(before ?? {}) as Schemas, (after ?? {}) as Schemas];
  return namesIn(were, are).flatMap((key): readonly SchemaChange[] => {
    const [was, is] = [were[key], are[key]];
    if (typeof was === 'object' && typeof is === 'object') return changesOf(was, is, path + label(key));
    return same(was, is) ? [] : [{ severity: 'incompatible', path, change: 'has other parts', before: was, after: is }];
  });
};

/** Compares the definitions that both schemas have. A new or removed definition shows at its references. */
const definitionChanges = (before: JsonSchema, after: JsonSchema, path: string): readonly SchemaChange[] => {
  const [were, are] = [schemasAt(before, '$defs'), schemasAt(after, '$defs')];
  const kept = Object.keys(were).filter((name) => Object.hasOwn(are, name));
  return kept.flatMap((name) => changesOf(were[name] as JsonSchema, are[name] as JsonSchema, `${path}#${name}`));
};
