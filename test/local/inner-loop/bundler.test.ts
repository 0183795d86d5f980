import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Built, type Bundler, openBundler } from '../../../local/bundles/bundler.ts';
import { readRegistry } from '../../../local/bundles/read-registry.ts';
import { decider, openShop, projection, registry, type Shop } from './shop.ts';

let shop: Shop;
let folder: string;
let bundler: Bundler;
beforeEach(async () => {
  shop = openShop();
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  bundler = await openBundler({ folder, registry: join(shop.folder, 'index.ts') });
});
afterEach(async () => {
  await bundler.dispose();
  shop.delete();
  await rm(folder, { recursive: true, force: true });
});

const changed = (before: Built, after: Built): readonly string[] =>
  [...after.folders].filter(([key, place]) => before.folders.get(key) !== place).map(([key]) => key);

const shapeAfter = async (change: () => void): Promise<[before: string, after: string]> => {
  const before = await readRegistry((await bundler.build()).registry);
  change();
  return [before.shape, (await readRegistry((await bundler.build()).registry)).shape];
};

describe('a build', () => {
  test('makes an unminified bundle of each function, with a map to the sources', async () => {
    const { folders, inputs } = await bundler.build();
    expect([...folders.keys()]).toEqual(expect.arrayContaining(['bundle:command', 'bundle:projector', 'bundle:saga-step']));
    const map = JSON.parse(await readFile(join(folders.get('bundle:command') as string, 'index.mjs.map'), 'utf8'));
    expect(map.sources).toContainEqual(expect.stringMatching(/lambdas\/command\.ts$/));
    expect([...inputs]).toContain(join(shop.folder, 'decider.ts'));
    expect([...inputs].filter((file) => file.includes('node_modules'))).toEqual([]);
  });

  test('after no change, or a change of a file that is in no bundle, makes nothing new', async () => {
    const before = await bundler.build();
    shop.write('decider.test.ts', 'nothing');
    const after = await bundler.build();
    expect([changed(before, after), after.registry]).toEqual([[], before.registry]);
  });

  test('after an edit of a decider changes the bundles that contain it, and leaves the old ones as they are', async () => {
    const before = await bundler.build();
    const old = await readFile(join(before.folders.get('bundle:command') as string, 'index.mjs'), 'utf8');
    shop.write('decider.ts', decider(20));
    const after = await bundler.build();
    expect(changed(before, after)).toHaveLength(before.folders.size); // Each function has the registry in it.
    expect(await readFile(join(before.folders.get('bundle:command') as string, 'index.mjs'), 'utf8')).toBe(old);
    shop.write('decider.ts', decider(10));
    expect(changed(before, await bundler.build())).toEqual([]);
  });

  test('imports dependencies from bundles of their own, which an edit leaves alone', async () => {
    const { folders } = await bundler.build();
    const dependencies = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('dependencies-'));
    expect(dependencies()).toEqual(['dependencies-1']);
    expect(readdirSync(join(folder, 'dependencies-1')).some((file) => file.startsWith('zod-'))).toBe(true);
    shop.write('decider.ts', decider(20));
    const edited = await bundler.build();
    expect(dependencies()).toEqual(['dependencies-1']);

    // Two that are new: an ES module, and a CommonJS module, whose names cannot be imported from a bundle.
    shop.write('node_modules/of-es/package.json', '{ "name": "of-es", "type": "module", "main": "index.js" }');
    shop.write('node_modules/of-es/index.js', 'export const most = 7;');
    shop.write('node_modules/of-common-js/package.json', '{ "name": "of-common-js", "main": "index.js" }');
    shop.write('node_modules/of-common-js/index.js', 'module.exports = { least: 3 };');
    const uses =
      "import { least } from 'of-common-js';\nimport { most } from 'of-es';\nif (least + most !== 10) throw new Error('not 10');";
    shop.write('decider.ts', decider(20, uses));
    const after = await bundler.build();
    expect(dependencies()).toEqual(['dependencies-1', 'dependencies-2']);
    expect((await readRegistry(after.registry)).shape).toBe((await readRegistry(edited.registry)).shape);
    expect(changed({ ...after, folders }, after)).toHaveLength(folders.size);
    await rm(join(shop.folder, 'node_modules'), { recursive: true });
    shop.write('decider.ts', decider(20));
    expect((await readRegistry((await bundler.build()).registry)).projections).toEqual({ Counted: ['totals'] });
  });

  test('that cannot be made says where the reason is', async () => {
    shop.write('decider.ts', 'export const counter = {;');
    await expect(bundler.build()).rejects.toThrow(
      /\.local\/shop-\w+\/decider\.ts:1:25: Expected identifier but found ";"\n {4}export const counter/,
    );
    shop.write('decider.ts', decider(10));
    shop.remove('events.ts');
    await expect(bundler.build()).rejects.toThrow(/decider\.ts:2:\d+: Could not resolve ".\/events.ts"/);
  });
});

describe('the shape of a domain', () => {
  test.each<[string, (shop: Shop) => void]>([
    ['another rule of a decider', ({ write }) => write('decider.ts', decider(20))],
    ['another row of a projection', ({ write }) => write('totals.ts', projection('totals').replace('total + by', 'total + 2 * by'))],
  ])('stays what it is after %s', async (_, change) => {
    const [before, after] = await shapeAfter(() => change(shop));
    expect(after).toBe(before);
  });

  test.each<[string, (shop: Shop) => void]>([
    [
      'a new projection',
      ({ write }) => {
        write('sums.ts', projection('sums'));
        write('index.ts', registry('totals', 'sums'));
      },
    ],
    ['another revision', ({ write }) => write('totals.ts', projection('totals').replace('revision: 1', 'revision: 2'))],
    ['an index', ({ write }) => write('totals.ts', projection('totals', "\n  indexes: { byKind: { partition: 'kind', sort: 'total' } },"))],
    [
      'a scope',
      ({ write }) => write('decider.ts', decider(10).replace("name: 'counter',", "name: 'counter', scopes: { Count: 'count:all' },")),
    ],
  ])('is another one after %s', async (_, change) => {
    const [before, after] = await shapeAfter(() => change(shop));
    expect(after).not.toBe(before);
  });

  test('is another one after the type of an indexed field has changed', async () => {
    const indexed = projection('totals', "\n  indexes: { byKind: { partition: 'kind', sort: 'total' } },");
    shop.write('totals.ts', indexed);
    const [before, after] = await shapeAfter(() =>
      shop.write('totals.ts', indexed.replace('kind: z.string()', 'kind: z.int()').replace("kind: 'counter'", 'kind: 1')),
    );
    expect(after).not.toBe(before);
  });

  test.each<[string, (shop: Shop) => void, string]>([
    [
      'refused',
      ({ write }) => write('index.ts', registry('totals').replace('[totals]', '[totals, totals]')),
      "two members share the projection name 'totals@1'",
    ],
    ['throwing', ({ write }) => write('decider.ts', decider(10, "throw new Error('at import');")), 'at import'],
  ])('is not there for a domain that is %s', async (_, change, message) => {
    change(shop);
    const { registry: file } = await bundler.build();
    await expect(readRegistry(file)).rejects.toThrow(message);
  });
});
