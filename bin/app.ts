import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import type { Domain } from '../core/domain.ts';
import { domainRegistry } from '../lib/domain-folder.ts';
import { ServiceStack } from '../lib/service-stack.ts';
import { stageOf } from '../lib/stage.ts';

const app = new App();
const stage = stageOf(app);
const { domain }: { domain: Domain } = await import(pathToFileURL(domainRegistry(app)).href);

new ServiceStack(app, `foldstream-${stage}`, { domain, description: `Foldstream, stage ${stage}` });
