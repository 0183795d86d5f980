import type { Template, TemplateResource, WorstCase } from './worst-case.ts';

/** A synthesized stack, with the longest values that its template can have. */
export interface Measured {
  readonly template: Template;
  readonly resolve: WorstCase;
  /** The size of the template in bytes. */
  readonly bytes: number;
}

export interface Size {
  /** The logical id of the resource. Absent: the stack. */
  readonly of?: string;
  readonly size: number;
}

/** A hyphen and 12 characters, which CloudFormation adds to the logical id. */
export const generatedEnd = 13;

export const resourcesOf = ({ Resources }: Template, type: string): readonly (readonly [string, TemplateResource])[] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);

/** The size of each resource of a type, by its resolved properties. */
export const eachOf =
  (type: string, sizeOf: (properties: Fields) => number) =>
  ({ template, resolve }: Measured): readonly Size[] =>
    resourcesOf(template, type).map(([of, { Properties = {} }]) => ({ of, size: sizeOf(resolve(Properties) as Fields) }));

export const countOf =
  (type: string) =>
  ({ template }: Measured): readonly Size[] => [{ size: resourcesOf(template, type).length }];

type Fields = Readonly<Record<string, unknown>>;
export const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
export const bytesOf = (text: string): number => Buffer.byteLength(text);
export const textOf = (value: unknown): string => (value === undefined ? '' : String(value));
export const jsonOf = (value: unknown): string => JSON.stringify(value) ?? '';
/** IAM does not count white space. */
export const charactersOf = (policy: unknown): number => jsonOf(policy).replace(/\s/g, '').length;

/** The sizes of each resource added up. */
export const totals = (sizes: readonly Required<Size>[]): readonly Size[] =>
  [...Map.groupBy(sizes, ({ of }) => of)].map(([of, parts]) => ({ of, size: sum(parts.map(({ size }) => size)) }));

/** The logical ids that a list of `Ref` or `Fn::GetAtt` names. */
const idsIn = (value: unknown): readonly string[] =>
  [value].flat().flatMap((one) => [fields(one)['Ref'], [fields(one)['Fn::GetAtt'] ?? []].flat()[0]].filter((id) => typeof id === 'string'));

export const inlinePoliciesOf = ({ template, resolve }: Measured): readonly Required<Size>[] => [
  ...resourcesOf(template, 'AWS::IAM::Role').flatMap(([of, { Properties = {} }]) =>
    list(resolve(Properties['Policies'])).map((policy) => ({ of, size: charactersOf(fields(policy)['PolicyDocument']) })),
  ),
  ...resourcesOf(template, 'AWS::IAM::Policy').flatMap(([, { Properties = {} }]) =>
    idsIn(Properties['Roles']).map((of) => ({ of, size: charactersOf(resolve(Properties['PolicyDocument'])) })),
  ),
];

export const attachmentsOf = ({ template }: Measured): readonly Required<Size>[] => [
  ...resourcesOf(template, 'AWS::IAM::Role').map(([of, { Properties = {} }]) => ({
    of,
    size: list(Properties['ManagedPolicyArns']).length,
  })),
  ...resourcesOf(template, 'AWS::IAM::ManagedPolicy').flatMap(([, { Properties = {} }]) =>
    idsIn(Properties['Roles']).map((of) => ({ of, size: 1 })),
  ),
];

/** The statement that Lambda makes of each permission. */
export const permissionsOf = ({ template, resolve }: Measured): readonly Required<Size>[] =>
  resourcesOf(template, 'AWS::Lambda::Permission').flatMap(([Sid, { Properties = {} }]) =>
    idsIn(Properties['FunctionName']).map((of) => {
      const { Action, FunctionName: Resource, Principal, SourceArn, SourceAccount } = resolve(Properties) as Fields;
      const Condition = { ArnLike: { 'AWS:SourceArn': SourceArn }, StringEquals: { 'AWS:SourceAccount': SourceAccount } };
      return { of, size: bytesOf(jsonOf({ Sid, Effect: 'Allow', Principal: { Service: Principal }, Action, Resource, Condition })) };
    }),
  );

export const readersOf = ({ template }: Measured): readonly Required<Size>[] =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(([, { Properties = {} }]) =>
    idsIn(Properties['EventSourceArn']).map((of) => ({ of, size: 1 })),
  );
