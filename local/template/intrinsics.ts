/** What the names in a template stand for. */
export interface Names {
  /** @throws Error if there is no such resource or parameter. */
  ref(name: string): unknown;
  /** @throws Error if there is no such resource or attribute. */
  attribute(logicalId: string, name: string): unknown;
}

type Evaluate = (argument: unknown, names: Names) => unknown;

/** The intrinsic functions that CDK writes. One that is missing here stops the start with its name. */
const functions: Readonly<Record<string, Evaluate>> = {
  Ref: (name, { ref }) => ref(name as string),
  'Fn::GetAtt': (target, { attribute }) => attribute(...attributePath(target)),
  'Fn::Join': (argument, names) => {
    const [separator, parts] = resolve(argument, names) as [string, readonly string[]];
    return parts.join(separator);
  },
  'Fn::Split': (argument, names) => {
    const [separator, text] = resolve(argument, names) as [string, string];
    return text.split(separator);
  },
  'Fn::Select': (argument, names) => {
    const [index, list] = resolve(argument, names) as [number | string, readonly unknown[]];
    return list[Number(index)];
  },
  'Fn::Sub': (argument, names) => {
    const [text, variables] = substitution(argument);
    const values = resolve(variables, names) as Record<string, unknown>;
    return text.replaceAll(placeholder, (_, literal: string, name: string) =>
      literal ? `\${${name}}` : String(Object.hasOwn(values, name) ? values[name] : named(name, names)),
    );
  },
};

const placeholder = /\$\{(!?)([^}]+)\}/g;

/** The value with every intrinsic function in it replaced by what it stands for. @throws Error, naming an unknown function. */
export const resolve = (value: unknown, names: Names): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolve(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const call = intrinsicCall(value);
  if (call === undefined) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, names)]));
  const evaluate = functions[call.name];
  if (evaluate === undefined) throw new Error(`the local system does not know the intrinsic function ${call.name}`);
  return evaluate(call.argument, names);
};

/** The names of the resources and parameters that a value refers to. */
export const references = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  const call = intrinsicCall(value);
  if (call?.name === 'Ref') return [call.argument as string];
  if (call?.name === 'Fn::GetAtt') return [attributePath(call.argument)[0]];
  if (call?.name === 'Fn::Sub') {
    const [text, variables] = substitution(call.argument);
    const inText = [...text.matchAll(placeholder)].flatMap(([, literal, name = '']) =>
      literal || Object.hasOwn(variables, name) ? [] : [name],
    );
    return [...inText.map((name) => name.split('.')[0] as string), ...references(variables)];
  }
  return Object.values(value).flatMap(references);
};

/** `{ "Fn::X": argument }`: an object whose only key is the function. */
const intrinsicCall = (value: object): { readonly name: string; readonly argument: unknown } | undefined => {
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::') ? { name, argument } : undefined;
};

const attributePath = (target: unknown): [logicalId: string, name: string] => {
  const [logicalId = '', ...name] = typeof target === 'string' ? target.split('.') : (target as readonly string[]);
  return [logicalId, name.join('.')];
};

const substitution = (argument: unknown): [text: string, variables: Record<string, unknown>] =>
  typeof argument === 'string' ? [argument, {}] : (argument as [string, Record<string, unknown>]);

const named = (name: string, { ref, attribute }: Names): unknown => (name.includes('.') ? attribute(...attributePath(name)) : ref(name));
