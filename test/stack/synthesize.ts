import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain } from '../domain/index.ts';
import { contextWith } from './assemble.ts';
// Removes what synthesizing leaves in the directory for temporary files.
import 'aws-cdk-lib/testhelpers/jest-autoclean';

/** An app that neither bundles its functions nor validates its template: `cdk synth` does both, and they take most of the time. */
export const quickApp = (settings: Readonly<Record<string, unknown>> = { auth: 'none' }): App =>
  new App({ context: contextWith({ 'aws:cdk:bundling-stacks': [], ...settings }), builtinCloudFormationValidation: false });

/** The template of the service in production, or with other settings; after `change` if there is one. */
export const synthesize = (
  change: (stack: ServiceStack) => void = () => {},
  settings: Readonly<Record<string, unknown>> = {},
): Template => {
  const endpoints = 'payment-provider=https://pay.example/v1';
  const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', endpoints };
  const stack = new ServiceStack(quickApp({ ...production, ...settings }), 'foldstream-test', { domain });
  change(stack);
  return Template.fromStack(stack);
};

/** The properties of every resource of a type, in the template's order. */
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape, and a test names the shape that it expects.
export const propertiesOf = (template: Template, type: string): readonly Readonly<Record<string, any>>[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);
