import { jsonSchemaOf } from '../../basics/json-schema.ts';
import { rowOf } from '../../basics/messages.ts';
import type { AnyInbox } from '../../inboxes/inbox.ts';
import { openSchema } from '../../publish/open-schema.ts';
import type { JsonSchema } from '../bounds.ts';
import { heardChanges } from '../published.ts';

/** An event that another service publishes, as its AsyncAPI document describes it. */
export interface HeardEvent {
  readonly source: string;
  readonly type: string;
  /** Of the data. */
  readonly schema: JsonSchema;
}

type Json = Readonly<Record<string, unknown>>;

/** The CloudEvents that a service sends, in its AsyncAPI 3 document. @throws Error if it is no such document. */
export const heardIn = (document: unknown): readonly HeardEvent[] => {
  const whole = whichIs(document) ? resolved(document, document, []) : undefined;
  if (!whichIs(whole) || !String(whole['asyncapi']).startsWith('3.')) throw new Error('it is no document of AsyncAPI 3');
  const sending = valuesOf(whole['operations']).filter(({ action }) => action === 'send');
  return sending.flatMap(({ channel }) => (whichIs(channel) ? valuesOf(channel['messages']).flatMap(eventIn) : []));
};

/** A message whose payload says the source, the type and the data of a CloudEvent. */
const eventIn = ({ payload }: Json): readonly HeardEvent[] => {
  const parts = whichIs(payload) ? [payload, ...((payload['allOf'] ?? []) as readonly Json[])] : [];
  const fields: Json = Object.assign({}, ...parts.map(({ properties = {} }) => properties));
  const [source, type, data] = ['source', 'type', 'data'].map((name) => fields[name] as Json | undefined);
  if (typeof source?.['const'] !== 'string' || typeof type?.['const'] !== 'string' || data === undefined) return [];
  return [{ source: source['const'], type: type['const'], schema: data }];
};

const whichIs = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const valuesOf = (value: unknown): readonly Json[] => (whichIs(value) ? Object.values(value).filter(whichIs) : []);

/** The document with the targets of its references in their place. What refers to itself accepts everything. */
const resolved = (value: unknown, document: Json, outer: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((one) => resolved(one, document, outer));
  if (!whichIs(value)) return value;
  const { $ref } = value;
  if (typeof $ref !== 'string')
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one, document, outer)]));
  if (outer.includes($ref)) return {};
  const steps = $ref
    .slice(2)
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = steps.reduce<unknown>((part, step) => (whichIs(part) ? rowOf(part, step) : undefined), document);
  return resolved(target ?? {}, document, [...outer, $ref]);
};

/**
 * Where the AsyncAPI document of another service does not fit what an inbox reads, by field: events that would be parked. Empty if it fits.
 *
 * @example
 * expect(misfits(orders, JSON.parse(readFileSync('domain/orders/publisher.json', 'utf8')))).toEqual([]);
 */
export const misfits = ({ name, from, receives }: Pick<AnyInbox, 'name' | 'from' | 'receives'>, document: unknown): readonly string[] => {
  const heard = heardIn(document).filter(({ source }) => from.kind === 'queue' || from.sources.includes(source));
  return Object.entries(receives).flatMap(([type, schema]) => {
    const event = heard.find((one) => one.type === type);
    if (event === undefined) return [`${name}: ${type} is not published any more`];
    const read = openSchema(jsonSchemaOf(schema, { io: 'input' }));
    return heardChanges(read, event.schema, type)
      .filter(({ severity }) => severity === 'incompatible')
      .map(({ path, change }) => `${name}: ${path} ${change}`);
  });
};
