/** The parts of a CloudFormation template that are read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** A resource as its handler sees it: every intrinsic function is resolved. */
export interface Resource {
  readonly type: string;
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export const inTemplate = ({ type, logicalId }: Pick<Resource, 'type' | 'logicalId'>): string => `${logicalId} (${type})`;

/**
 * The properties of a resource, by name: those that the local system acts on and those it leaves out on purpose.
 * A property in neither list stops it, because a setting that is silently ignored here would behave differently once deployed.
 */
export const propertiesOf = <T>(
  resource: Resource,
  { uses, ignores }: { uses: readonly (keyof T & string)[]; ignores: readonly string[] },
): T => {
  const unknown = Object.keys(resource.properties).filter((name) => !(uses as readonly string[]).includes(name) && !ignores.includes(name));
  if (unknown.length > 0) throw new Error(`${inTemplate(resource)}: the local system does not know the property ${unknown.join(', ')}.`);
  return resource.properties as T;
};

/** Stops the start where a property has a value that cannot be run here. */
export const demand = (holds: boolean, resource: Resource, rule: string): void => {
  if (!holds) throw new Error(`${inTemplate(resource)}: ${rule}.`);
};
