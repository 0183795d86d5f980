/** A member of the domain's registry: where it comes from, and in which list it stands. */
export interface Member {
  readonly list: 'deciders' | 'projections' | 'sagas' | 'reactions' | 'reminders' | 'schedules' | 'webhooks' | 'calls' | 'inboxes';
  readonly identifier: string;
  /** As domain/index.ts imports it. */
  readonly path: string;
}

/** domain/index.ts with one member more. @throws Error with the lines to write by hand, where the file has another form. */
export const withMember = (source: string, { list, identifier, path }: Member): string => {
  const line = `import { ${identifier} } from '${path}';`;
  const lists = new RegExp(`(\\b${list}:\\s*\\[)([^\\]]*)(\\])`);
  const end = /\n\}\);\s*$/;
  if (!/defineDomain\(\{/.test(source) || !(lists.test(source) || end.test(source)))
    throw new Error(`domain/index.ts is not written as usual, so add these by hand:\n  ${line}\n  ${list}: [${identifier}]`);
  const listed = lists.test(source)
    ? source.replace(lists, (_, open: string, members: string, close: string) => `${open}${appended(members, identifier)}${close}`)
    : source.replace(end, `\n  ${list}: [${identifier}],\n});\n`);
  return withImport(listed, line, path);
};

const appended = (members: string, identifier: string): string => {
  const known = members.trim().replace(/,$/, '');
  if (known === '') return identifier;
  return members.includes('\n') ? `\n    ${known},\n    ${identifier},\n  ` : `${known}, ${identifier}`;
};

/** In the order of the paths, as the formatter wants it. */
const withImport = (source: string, line: string, path: string): string => {
  const lines = source.split('\n');
  const imports = lines.flatMap((text, index) => {
    const from = /^import .* from '(\.[^']*)';$/.exec(text)?.[1];
    return from === undefined ? [] : [{ from, index }];
  });
  const next = imports.find(({ from }) => from > path)?.index ?? (imports.at(-1)?.index ?? lastImport(lines)) + 1;
  return lines.toSpliced(next, 0, line).join('\n');
};

const lastImport = (lines: readonly string[]): number => lines.findLastIndex((text) => text.startsWith('import '));
