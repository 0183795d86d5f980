import { memoryReadModels } from '../../adapters/memory-read-models.ts';
import { readModelsContract } from './read-models.ts';

readModelsContract('memory', memoryReadModels, [
  'a row of more than 400 KB is refused for good',
  'a row of more than 400 KB is refused for good, with those beside it',
]);
