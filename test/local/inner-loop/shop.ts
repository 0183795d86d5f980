import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A domain in a folder of its own in this repository, whose files a test changes while it runs. */
export interface Shop {
  readonly folder: string;
  /** Relative to the repository, for the option `domain`. */
  readonly domain: string;
  write(file: string, text: string): void;
  remove(file: string): void;
  delete(): void;
}

export const events = `import * as z from 'zod';
export const events = { Counted: z.object({ by: z.int() }) };
`;

/** It refuses each number above the limit. */
export const decider = (limit: number, more = ''): string => `import { defineDecider, ensure } from 'foldstream';
import { events } from './events.ts';
${more}
export const counter = defineDecider({
  name: 'counter',
  commands: { Count: events.Counted },
  events,
  initialState: (): { readonly total: number } => ({ total: 0 }),
  decide: {
    Count: (count) => {
      ensure(count.by <= ${limit}, 'Above${limit}');
      return [{ type: 'Counted', data: count }];
    },
  },
  evolve: { Counted: ({ total }, { by }) => ({ total: total + by }) },
});
`;

export const projection = (name: string, indexes = ''): string => `import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

export const ${name} = defineProjection({
  name: '${name}',
  revision: 1,
  events,
  document: z.object({ total: z.int(), kind: z.string() }),${indexes}
  initialState: () => ({ total: 0, kind: 'counter' }),
  evolve: { Counted: (document, { by }) => ({ ...document, total: document.total + by }) },
});
`;

export const registry = (...projections: readonly string[]): string => `import { defineDomain } from 'foldstream';
import { counter } from './decider.ts';
${projections.map((name) => `import { ${name} } from './${name}.ts';`).join('\n')}

export const domain = defineDomain({ deciders: [counter], projections: [${projections.join(', ')}] });
`;

export const openShop = (): Shop => {
  mkdirSync('.local', { recursive: true });
  const folder = mkdtempSync(join(process.cwd(), '.local/shop-'));
  const shop: Shop = {
    folder,
    domain: relative(process.cwd(), folder),
    write: (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    remove: (file) => rmSync(join(folder, file)),
    delete: () => rmSync(folder, { recursive: true, force: true }),
  };
  shop.write('events.ts', events);
  shop.write('decider.ts', decider(10));
  shop.write('totals.ts', projection('totals'));
  shop.write('index.ts', registry('totals'));
  return shop;
};
