// npm run sagas:graph: writes docs/sagas/NAME.svg, the picture of each saga of the domain, from the state machine that is deployed.
// `npm test` fails where the picture is not that of the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { domain } from '#domain';
import { sagaDefinition } from '../lib/saga-definition.ts';
import { sagaPicture } from './graph/picture.ts';

const folder = fileURLToPath(new URL('../docs/sagas', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const saga of domain.sagas ?? []) {
  const file = `${folder}/${saga.name}.svg`;
  writeFileSync(file, sagaPicture(sagaDefinition(saga, 'arn:aws:lambda:eu-central-1:123456789012:function:step')));
  console.log(file);
}
