import { memoryReadModels } from '../../adapters/memory-read-models.ts';
import { readModelsContract } from './read-models.ts';

readModelsContract('memory', memoryReadModels);
