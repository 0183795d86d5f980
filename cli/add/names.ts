import { UsageError } from '../command-line.ts';

/** One name in the spellings that the files need. */
export interface Name {
  /** loyaltyAccount: an identifier, and an aggregate's name. */
  readonly camel: string;
  /** LoyaltyAccount: of types, events and commands. */
  readonly pascal: string;
  /** loyalty-account: of files and folders, projections and sagas. */
  readonly kebab: string;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const nameOf = (text: string): Name => {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split('-');
  const pascal = words.map(capital).join('');
  return { pascal, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), kebab: words.join('-') };
};

/** Words of the language, and names that the written files have for something else. */
const taken = new Set(
  `abstract arguments as async await boolean break case catch class const continue debugger declare default delete do document domain else
  enum eval event events export extends false finally for from function get if implements import in instanceof interface let map module
  never new null number object of package private protected public require return set static string super switch symbol this throw true
  try type typeof undefined unknown var void while with yield commands command add added close closed scenarios refused expect test table
  context send ensure`.split(/\s+/),
);

/** @throws UsageError that says what a name looks like. */
export const aggregateName = (text: string): Name => checked(text, /^[a-z][A-Za-z0-9]{0,39}$/, 'loyaltyAccount');
export const kebabName = (text: string): Name => checked(text, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'order-list');

const checked = (text: string, pattern: RegExp, like: string): Name => {
  if (!pattern.test(text) || text.length > 40)
    throw new UsageError(`'${text}' cannot be the name: it is written like ${like}, in 40 characters at most.`);
  const name = nameOf(text);
  if (taken.has(name.camel)) throw new UsageError(`'${text}' cannot be the name: the code has that word for something else.`);
  return name;
};
