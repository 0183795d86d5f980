// A plugin of TypeDoc: a page gets the name that its first heading gives it and the group of its folder; an entry point gets the name
// that a service imports.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Converter } from 'typedoc';

const docs = fileURLToPath(new URL('..', import.meta.url));
const packages = { 'core/define': 'foldstream', testing: 'foldstream/testing', lib: 'foldstream/cdk' };

/** Pages that stand at the top of docs/, because package.json, alarms and commands name them there. */
const groups = {
  'operations.md': 'How-to',
  'upgrading.md': 'How-to',
  'benchmarks.md': 'Reference',
  'ci.md': 'Reference',
  tutorial: 'Tutorial',
  'how-to': 'How-to',
  reference: 'Reference',
  sagas: 'Reference',
  explanation: 'Explanation',
  decisions: 'Decisions',
};

const headingOf = (page) => /^# (.+)$/m.exec(page.content.map(({ text }) => text).join(''))?.[1];

export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) {
      if (packages[module.name] === undefined) throw new Error(`docs/site/pages.mjs does not name the entry point ${module.name}`);
      module.name = packages[module.name];
    }
    for (const page of project.documents) {
      const path = relative(docs, project.files.getReflectionPath(page));
      const group = groups[path.split(/[\\/]/)[0]];
      const name = headingOf(page);
      if (group === undefined || name === undefined)
        throw new Error(`docs/${path} needs a heading, and its folder a group in docs/site/pages.mjs`);
      page.name = name;
      page.frontmatter.group = group;
    }
  });
};
