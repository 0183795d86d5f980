import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { rooms } from './support/rooms.ts';

interface Layer {
  /** Folders of ours, files of ours and packages; a package stands for what it exports under any path. */
  readonly imports: readonly string[];
  /** What it may know the types of, without depending on it. */
  readonly types?: readonly string[];
}

/** The arrows of docs/explanation/architecture.md: which folder may import what. `any` is for what nobody depends on. */
const layers: Readonly<Record<string, Layer | 'any'>> = {
  bin: { imports: ['lib/', 'aws-cdk-lib', 'cdk-nag', 'node:'] },
  lib: {
    imports: [
      'lib/',
      '#domain',
      'core/calls/publication.ts',
      'core/inboxes/inbox.ts',
      'core/processes/kinds.ts',
      'core/reactions/publication.ts',
      'core/schedules/publication.ts',
      'core/schedules/schedule.ts',
      'core/reminders/publication.ts',
      'core/read/projection.ts',
      'core/publish/relay.ts',
      'core/sagas/order.ts',
      'core/sagas/interruption.ts',
      'core/sagas/publication.ts',
      'core/sagas/saga.ts',
      'core/basics/telemetry.ts',
      'adapters/aws/generated-names.ts',
      'adapters/aws/operators-alias.ts',
      'adapters/http/routes.ts',
      'aws-cdk-lib',
      'cdk-nag',
      'constructs',
      'zod',
      'node:',
    ],
    types: ['core/'],
  },
  lambdas: {
    imports: [
      'lambdas/',
      '#domain',
      'core/',
      'adapters/',
      '@middy/core',
      '@aws-lambda-powertools/',
      '@aws-sdk/',
      'aws-xray-sdk-core',
      'sdk-checksum',
      'node:',
    ],
    types: ['aws-lambda'],
  },
  core: { imports: ['core/', '#rules', 'zod', '@jest/globals'] },
  domain: { imports: ['domain/', 'foldstream', 'zod'] },
  adapters: {
    imports: ['adapters/', '#tracer', 'core/', 'zod', '@middy/core', '@aws-lambda-powertools/', '@aws-sdk/', '@smithy/core', 'node:'],
    types: ['aws-lambda'],
  },
  local: {
    imports: [
      'local/',
      '#domain',
      'lib/bundle-options.ts',
      'lib/bundle-shims.ts',
      'core/',
      'lib/folders.ts',
      '@aws-sdk/',
      'jose',
      'aws-local-stepfunctions',
      'jsonpath-plus',
      'esbuild',
      'node:',
    ],
    types: ['adapters/', 'aws-lambda'],
  },
  examples: { imports: ['examples/', 'foldstream', 'zod'] },
  cli: 'any',
  scripts: 'any',
  testing: 'any',
  test: 'any',
  'test/domain': { imports: ['test/domain/', 'foldstream', 'zod'] },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file).replaceAll('\\', '/'))
    .filter((file) => /\.(ts|mjs|js)$/.test(file));

/** Every form of `import` and `export … from`, dynamic ones too; a comment that looks like one counts as one. */
const importsOf = (file: string): Import[] => {
  const statement = /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return [...readFileSync(file, 'utf8').matchAll(statement)].map(([, type, named, bare, dynamic]) => {
    const to = named ?? bare ?? dynamic ?? '';
    return { from: file, to: to.startsWith('.') ? join(dirname(file), to).replaceAll('\\', '/') : to, isTypeOnly: type !== undefined };
  });
};

const isTest = (file: string): boolean => file.endsWith('.test.ts');
const covers = (allowed: string, to: string): boolean =>
  to === allowed || to.startsWith(allowed.endsWith('/') || allowed.endsWith(':') ? allowed : `${allowed}/`);

/** A folder of the domain knows another one by its events alone, a saga by its decider; the files at its top know them all. */
const entersAnotherFolder = ({ from, to }: Import): boolean =>
  !/^(?:test\/)?domain\/(?:index|simulators)\.ts$/.test(from) &&
  ['domain/', 'test/domain/'].some((domain) => from.startsWith(domain) && to.startsWith(domain)) &&
  dirname(from) !== dirname(to) &&
  !to.endsWith('/events.ts') &&
  !(from.endsWith('/saga.ts') && to.endsWith('/decider.ts'));

const isAllowed = (layer: Layer, one: Import): boolean =>
  !entersAnotherFolder(one) &&
  [...layer.imports, ...(one.isTypeOnly ? (layer.types ?? []) : [])].some((allowed) => covers(allowed, one.to));

describe('the arrows of the architecture:', () => {
  const checked = Object.entries(layers).flatMap(([name, layer]) => (layer === 'any' ? [] : [[name, layer] as const]));

  test.each(checked)('%s imports only what it may', (folder, layer) => {
    const files = filesIn(folder).filter((file) => !isTest(file));
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap(importsOf).filter((one) => !isAllowed(layer, one));
    expect(wrong.map(({ from, to, isTypeOnly }) => `${from} → ${to}${isTypeOnly ? ' (types)' : ''}`)).toEqual([]);
  });

  test('core and domain use no clock, no randomness and no environment', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.(?:env|argv|cwd|stdout|hrtime|exit)|\bcrypto\b|\bfetch\(|\bsetTimeout\b/;
    const files = [...filesIn('core'), ...filesIn('domain')].filter((file) => !isTest(file));
    expect(files.filter((file) => impure.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('only lambdas/runtime.ts reads the environment of a Lambda', () => {
    const files = [...filesIn('lambdas'), ...filesIn('adapters')].filter((file) => !isTest(file) && file !== 'lambdas/runtime.ts');
    expect(files.filter((file) => /\bprocess\.env\b/.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});

describe('the framework depends on no file of domain/, which a team replaces:', () => {
  const outside = [...Object.keys(layers).filter((folder) => folder !== 'domain'), 'bench'].flatMap(filesIn);
  const files = outside.filter((file) => !file.includes('node_modules/'));

  test('no file outside imports one of its files', () => {
    expect(importsOf('domain/index.ts').filter(({ to }) => covers('domain/', to))).not.toEqual([]);
    const wrong = files.flatMap(importsOf).filter(({ to }) => covers('domain/', to));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('only the entry points of the functions, and of the thread that reads the registry, import #domain', () => {
    const importers = files.filter((file) => importsOf(file).some(({ to }) => to === '#domain'));
    expect(importers).toEqual(['lambdas/runtime.ts', 'local/bundles/registry-thread.ts']);
  });

  test('no file outside names one of its folders', () => {
    // A new service, which the command line writes, has folders of its own.
    const folders = readdirSync('domain', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !existsSync(join('cli/new/template/domain', entry.name)))
      .map(({ name }) => name);
    const namedIn = (text: string, file: string): string[] =>
      [...text.matchAll(/(?<![\w./}-])((?:\.{1,2}\/)*|\$\{\w+\}\/)domain\/([\w-]+)/g)]
        .map(([, before = '', name = '']) => join(before.startsWith('.') ? join(dirname(file), before) : '', 'domain', name))
        .filter((path) => folders.some((folder) => path === `domain/${folder}`));
    const [folder = ''] = readdirSync('domain', { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    const example = [`'domain/${folder}/x'`, `'../domain/${folder}'`, `\`\${root}/domain/${folder}/x\``, `'test/domain/${folder}'`].join();
    expect(namedIn(example, 'cli/es.ts')).toHaveLength(folders.includes(folder) ? 3 : 0);
    const wrong = files.flatMap((file) => namedIn(readFileSync(file, 'utf8'), file).map((path) => `${file} names ${path}`));
    expect(wrong).toEqual([]);
  });
});

describe('the rooms of core and adapters:', () => {
  const folders = ['core', 'adapters'].flatMap((floor) =>
    readdirSync(floor, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
  test('every folder is a room of the table', () => expect(folders.sort()).toEqual(Object.keys(rooms).sort()));

  test.each(Object.entries(rooms))('%s imports only the rooms that it may, and has at most 15 files besides its tests', (room, allowed) => {
    const files = readdirSync(room).map((file) => join(room, file));
    const sources = files.filter((file) => file.endsWith('.ts') && !isTest(file));
    const may = new Set([room, 'core/basics', ...allowed.split(' ')]);
    const wrong = sources.flatMap(importsOf).filter(({ to }) => /^(core|adapters)\//.test(to) && !may.has(dirname(to)));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
    expect(sources.length).toBeLessThanOrEqual(15);
  });
});

/** The circles in a graph, each as the files that it goes through. */
const circlesIn = (graph: ReadonlyMap<string, readonly string[]>): string[] => {
  const circles = new Set<string>();
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const from = path.indexOf(file);
    if (from >= 0) circles.add([...path.slice(from), file].join(' → '));
    if (from >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return [...circles];
};

test('no files import each other in a circle', () => {
  expect(
    circlesIn(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b → c → b']);
  const files = Object.keys(layers)
    .filter((layer) => layer !== 'test')
    .flatMap(filesIn);
  // A file that seems to import itself writes such a file for a team: the import stands in a text.
  const graph = new Map(files.map((file) => [file, importsOf(file).flatMap(({ to }) => (to === file ? [] : [to]))]));
  expect(circlesIn(graph)).toEqual([]);
});

/** Of a module that a test writes: it stands in a text. */
const isQuoted = (to: string): boolean => to.includes('${') || to.startsWith('../');

test('every imported package is listed in package.json', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const asked = Object.keys({ ...dependencies, ...devDependencies });
  const known = [
    ...asked,
    ...asked.map((name) => name.replace('@types/', '')),
    'node:',
    '#domain',
    '#rules',
    '#tracer',
    'foldstream',
    'sdk-checksum',
  ];
  const imports = Object.keys(layers).flatMap(filesIn).flatMap(importsOf);
  const strays = imports.filter(
    ({ to }) =>
      !/^(bin|lib|lambdas|core|domain|adapters|cli|examples|local|scripts|test|testing|node_modules)\/|^jest\.config\.js$/.test(to),
  );
  const unknown = strays.filter(({ to }) => !isQuoted(to) && !known.some((name) => covers(name, to)));
  expect(unknown.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
});

test('no test is skipped, exclusive or expected to fail', () => {
  const leftOut = /\b(?:test|it|describe)(?:\.\w+)*\.(?:failing|skip|todo|only)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/;
  const tests = Object.keys(layers)
    .flatMap(filesIn)
    .filter((file) => isTest(file) || covers('test/', file));
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((file) => leftOut.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test('every file is at most 300 lines', () => {
  const long = Object.keys(layers)
    .flatMap(filesIn)
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }));
  expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
});
