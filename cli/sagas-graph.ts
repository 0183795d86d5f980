// npm run sagas:graph: writes docs/sagas/NAME.md, the state machine of each saga of the domain.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Domain } from '../core/registry/domain.ts';
import { ofService } from '../lib/folders.ts';
import { sagaPage } from './saga-diagram.ts';

const { domain } = (await import(pathToFileURL(ofService('domain/index.ts')).href)) as { readonly domain: Domain };
const folder = ofService('docs/sagas');
mkdirSync(folder, { recursive: true });
for (const saga of domain.sagas ?? []) {
  const file = `${folder}/${saga.name}.md`;
  writeFileSync(file, sagaPage(saga));
  console.log(file);
}
