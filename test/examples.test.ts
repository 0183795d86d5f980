import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

// Every `@example` in a docstring compiles. What an example takes as given stands in test/support/example-context.ts.

const namesIn = (file: string): string =>
  [...readFileSync(file, 'utf8').matchAll(/^export const (\w+)/gm)].map(([, name]) => name).join(', ');
const valuesOf = (file: string): string =>
  [...readFileSync(file, 'utf8').matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => /^[a-z]\w*$/.test(name))
    .join(', ');
const context = 'test/support/example-context.ts';
const head = `import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ${valuesOf('core/define.ts')} } from 'foldstream';
import { ${valuesOf('testing/index.ts')} } from 'foldstream/testing';
import type { RunningSystem, World } from 'foldstream/testing';
import * as z from 'zod';
import { ${namesIn(context)} } from './context.ts';
`;

const docstring = /\/\*\*\n((?: *\*.*\n)*?) *\*\/\nexport (?:const|function|interface|type) (\w+)/g;
const examples = globSync(['core/**/*.ts', 'testing/*.ts']).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(docstring)].flatMap(([, text = '', name = '']) =>
    [...text.matchAll(/ \* @example\n((?: \*(?! @).*\n)+)/g)].map(([, code = ''], index) => ({
      title: `${name}${index === 0 ? '' : `-${index + 1}`}`,
      code: code.replaceAll(/^ \* ?/gm, '').replaceAll(/^export /gm, ''),
    })),
  ),
);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));
let said = '';
beforeAll(() => {
  for (const { title, code } of examples) writeFileSync(join(folder, `${title}.ts`), `${head}{\n${code}}\n`);
  copyFileSync(context, join(folder, 'context.ts'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const modules = { foldstream: 'core/define.ts', 'foldstream/testing': 'testing/index.ts' };
  const paths = Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, [resolve(file)]]));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: resolve('tsconfig.json'),
      compilerOptions: { paths, typeRoots: [resolve('node_modules/@types')] },
      include: ['*.ts'],
    }),
  );
  const tsc = [resolve('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'];
  said = spawnSync(process.execPath, tsc, { encoding: 'utf8', cwd: folder }).stdout;
});

test('the definitions have examples', () => {
  const defined = [...valuesOf('core/define.ts').matchAll(/define\w+/g)].map(([name]) => name);
  expect(defined.filter((name) => !examples.some(({ title }) => title === name))).toEqual([]);
});

test.each(examples.map(({ title }) => title))('the example of %s compiles', (title) => {
  expect(said.split(/\n(?=\S)/).filter((text) => text.startsWith(`${title}.ts(`))).toEqual([]);
});

test('there is no other error', () => {
  const isOfExample = (text: string): boolean => examples.some(({ title }) => text.startsWith(`${title}.ts(`));
  expect(said.split(/\n(?=\S)/).filter((text) => text.trim() !== '' && !isOfExample(text))).toEqual([]);
});
