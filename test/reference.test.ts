import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { attributeTypes } from '../adapters/event-log/commit-item.ts';
import { verbs } from '../cli/verbs.ts';
import { usage as startUsage } from '../local/options.ts';
import { settingNames, settingsOf } from './support/settings.ts';

// The pages of docs/reference/ say what the code says.

const textOf = (page: string): string => readFileSync(`docs/${page}`, 'utf8');
/** The code spans of the first cell of each row, under a heading; of all rows where none is named. */
const firstCells = (text: string, heading = ''): string[] => {
  const [, after = ''] = heading === '' ? ['', text] : text.split(`## ${heading}\n`);
  const [section = ''] = heading === '' ? [after] : after.split('\n## ');
  return [...section.matchAll(/^\| ([^|]*`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
};
const words = (texts: readonly string[]): string[] => texts.map((text) => text.split(/[ [=]/)[0] ?? '');

test('docs/reference/cli.md has every verb', () => {
  expect(new Set(words(firstCells(textOf('reference/cli.md'), 'Verbs')))).toEqual(new Set(Object.keys(verbs)));
});

test('docs/reference/cli.md has every option of start', () => {
  const options = [...startUsage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = '']) => option).filter((option) => option !== '--help');
  expect(words(firstCells(textOf('reference/cli.md'), 'Options of start'))).toEqual(options);
});

test('docs/reference/cli.md has every command of es', () => {
  const [, list = ''] = /const commands[^{]*\{\n([^}]*)\}/.exec(readFileSync('cli/es/run.ts', 'utf8')) ?? [];
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
  expect(new Set(words(firstCells(textOf('reference/cli.md'), 'Commands of es')))).toEqual(new Set(commands));
});

describe('docs/reference/settings.md', () => {
  const rows = [...textOf('reference/settings.md').matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|/gm)];

  test('has every setting', () => expect(rows.map(([, name]) => name)).toEqual(settingNames()));

  test.each(['dev', 'staging', 'prod'])('has the defaults of %s', (stage) => {
    const { auth: _, ...settings } = settingsOf(stage);
    const given = Object.entries(settings).filter(([, value]) => JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}');
    const column = ['dev', 'staging', 'prod'].indexOf(stage) + 2;
    const said = rows.filter((row) => row[column] !== '–').map((row) => [row[1], row[column]?.replaceAll('`', '')]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  });
});

test('docs/reference/stored-formats.md has every attribute of a commit', () => {
  expect(new Set(firstCells(textOf('reference/stored-formats.md')))).toEqual(new Set(Object.keys(attributeTypes)));
});

test('docs/explanation/decisions.md has every decision', () => {
  const listed = [...textOf('explanation/decisions.md').matchAll(/decisions\/(\S+\.md)\)/g)].map(([, file]) => file);
  expect(listed).toEqual(
    globSync('docs/decisions/*.md')
      .map((file) => basename(file))
      .sort(),
  );
});
