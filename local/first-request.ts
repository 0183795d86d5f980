/** The parts of an OpenAPI document that are read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>> };
}

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A `curl` that works on a fresh system: the first command that its description has, with data that fits its schema. */
export const firstRequest = (url: string, document: OpenApi): string | undefined => {
  for (const [path, { post }] of Object.entries(document.paths)) {
    const content = post?.requestBody?.content?.['application/json'];
    if (content === undefined) continue;
    const data = content.example ?? example(content.schema ?? {}, document);
    const target = `${url}${path.replaceAll(/\{[^}]+\}/g, '1')}`;
    return `curl ${target} -H 'content-type: application/json' -d '${JSON.stringify(data).replaceAll("'", "'\\''")}'`;
  }
  return undefined;
};

/** A small value that a schema allows: what is required, and no more. */
const example = (schema: JsonSchema, document: OpenApi, name = 'value'): unknown => {
  const { $ref, const: constant, enum: choices, default: usual, examples, anyOf, oneOf } = schema;
  if ($ref !== undefined) return example(document.components?.schemas?.[$ref.split('/').at(-1) ?? ''] ?? {}, document, name);
  const given = [constant, ...(examples ?? []), usual, ...(choices ?? [])].find((value) => value !== undefined);
  if (given !== undefined) return given;
  const [alternative] = anyOf ?? oneOf ?? [];
  if (alternative !== undefined) return example(alternative, document, name);
  const { required = [], properties = {}, items = {} } = schema;
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(required.map((key) => [key, example(properties[key] ?? {}, document, key)]));
    case 'array':
      return [example(items, document, name)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, (schema.exclusiveMinimum ?? 0) + 1, 1);
    case 'boolean':
      return true;
    default:
      return text(schema, name);
  }
};

const text = ({ format, minLength = 1 }: JsonSchema, name: string): string => {
  const formats: Readonly<Record<string, string>> = {
    'date-time': '2026-01-01T12:00:00.000Z',
    date: '2026-01-01',
    email: 'someone@example.com',
    uri: 'https://example.com',
    uuid: '00000000-0000-4000-8000-000000000000',
  };
  return formats[format ?? ''] ?? `${name}-1`.padEnd(minLength, '-');
};
