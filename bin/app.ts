import { App } from 'aws-cdk-lib';
import { ServiceStack } from '../lib/service-stack.ts';
import { stageOf } from '../lib/stage.ts';

const app = new App();
const stage = stageOf(app);

new ServiceStack(app, `foldstream-${stage}`, { description: `Foldstream, stage ${stage}` });
