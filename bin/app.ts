import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { domainOf } from '../lib/domain-folder.ts';
import { ServiceStack } from '../lib/service-stack.ts';
import { stageOf } from '../lib/stage.ts';

const app = new App();
const { stage, keepsData } = stageOf(app);

new ServiceStack(app, `foldstream-${stage}`, {
  domain: await domainOf(app),
  description: `Foldstream, stage ${stage}`,
  terminationProtection: keepsData,
});

// A finding stops the synthesis: it is mended, or acknowledged with a reason where it is.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
