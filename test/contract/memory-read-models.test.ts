import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { readModelsContract } from './read-models.ts';

readModelsContract('memory', memoryReadModels);
