import { resolveReferences } from './dynamic-references.ts';
import { type Names, references, resolve } from './intrinsics.ts';
import { inTemplate, type Resource, type Template } from './template.ts';

/** What became of a resource. */
export interface Created {
  /** What `Ref` sees. */
  readonly ref: string;
  /** What `Fn::GetAtt` sees. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** What a dynamic reference to `ref` stands for: the text of a secret. */
  readonly secret?: string;
  /** Called once everything is created: from here on it may use the others. */
  readonly start?: () => void | Promise<void>;
  /** Called in reverse order of creation. */
  readonly stop?: () => Promise<void>;
}

export type Handler<Host> = (resource: Resource, host: Host) => Promise<Created>;

/** How each resource type is run; `inert` are those that have no effect on one machine, on purpose and by name. */
export interface Handlers<Host> {
  readonly handlers: Readonly<Record<string, Handler<Host>>>;
  readonly inert: ReadonlySet<string>;
}

/** @throws Error, naming every resource that has neither a handler nor a place in the list of inert types. */
export const demandKnownTypes = <Host>({ Resources }: Template, { handlers, inert }: Handlers<Host>): void => {
  const unknown = Object.entries(Resources).filter(([, { Type }]) => !Object.hasOwn(handlers, Type) && !inert.has(Type));
  if (unknown.length === 0) return;
  const list = unknown.map(([logicalId, { Type }]) => inTemplate({ type: Type, logicalId })).join(', ');
  throw new Error(`The local system cannot run ${list}: add a handler for the type to local/resources/index.ts.`);
};

export interface Deployment<Host> extends Handlers<Host> {
  readonly template: Template;
  readonly host: Host;
  /** `AWS::Region` and its like. */
  readonly pseudoParameters: Readonly<Record<string, string>>;
  /** Takes what has to be stopped, as it is created, so that a start that fails half-way can be undone. */
  readonly onStop: (stop: () => Promise<void>) => void;
}

/** What the stack tells about itself, by name. */
export type Outputs = Readonly<Record<string, unknown>>;

/** Creates every resource after those that it refers to, as CloudFormation does, then starts them. */
export const deploy = async <Host>(deployment: Deployment<Host>): Promise<Outputs> => {
  demandKnownTypes(deployment.template, deployment);
  const created = new Map<string, Created>();
  for (const logicalId of inOrder(deployment)) created.set(logicalId, await create(deployment, logicalId, created));
  for (const { start } of created.values()) await start?.();
  const outputs = Object.entries(deployment.template.Outputs ?? {}).map(([name, { Value }]) => [name, Value]);
  return resolve(Object.fromEntries(outputs), namesIn(deployment, created)) as Outputs;
};

const create = async <Host>(deployment: Deployment<Host>, logicalId: string, created: ReadonlyMap<string, Created>): Promise<Created> => {
  const { Type: type, Properties = {} } = deployment.template.Resources[logicalId] as Template['Resources'][string];
  const handler = deployment.handlers[type];
  if (handler === undefined) return { ref: logicalId };
  try {
    const resolved = resolve(Properties, namesIn(deployment, created));
    const secretOf = (arn: string) => [...created.values()].find(({ ref }) => ref === arn)?.secret;
    const properties = resolveReferences(resolved, secretOf) as Resource['properties'];
    const result = await handler({ type, logicalId, properties }, deployment.host);
    if (result.stop !== undefined) deployment.onStop(result.stop);
    return result;
  } catch (error) {
    const { message } = error as Error;
    throw message.startsWith(logicalId) ? error : new Error(`${inTemplate({ type, logicalId })}: ${message}`, { cause: error });
  }
};

/** The logical ids of what has a handler, each after those it refers to. */
const inOrder = <Host>({ template, inert }: Deployment<Host>): readonly string[] => {
  const { Resources } = template;
  const done = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    const resource = Resources[logicalId];
    if (resource === undefined || done.has(logicalId) || inert.has(resource.Type)) return;
    if (path.includes(logicalId)) throw new Error(`the template has a circle: ${[...path, logicalId].join(' → ')}`);
    const dependencies = [...references(resource.Properties), ...[resource.DependsOn ?? []].flat()];
    for (const dependency of dependencies) visit(dependency, [...path, logicalId]);
    done.add(logicalId);
  };
  for (const logicalId of Object.keys(Resources)) visit(logicalId, []);
  return [...done];
};

const namesIn = <Host>({ template, pseudoParameters, inert }: Deployment<Host>, created: ReadonlyMap<string, Created>): Names => {
  const isInert = (logicalId: string): boolean => inert.has(template.Resources[logicalId]?.Type ?? '');
  return {
    ref: (name) => {
      const value =
        created.get(name)?.ref ?? pseudoParameters[name] ?? template.Parameters?.[name]?.Default ?? (isInert(name) ? name : undefined);
      if (value === undefined) throw new Error(`refers to '${name}', which the template does not have`);
      return value;
    },
    attribute: (logicalId, name) => {
      const value = created.get(logicalId)?.attributes?.[name] ?? (isInert(logicalId) ? `${logicalId}.${name}` : undefined);
      if (value === undefined) throw new Error(`needs the attribute ${name} of '${logicalId}', which the local system does not give it`);
      return value;
    },
  };
};
