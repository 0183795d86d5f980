import type { App } from 'aws-cdk-lib';

/** The stage from `-c stage=…`; `dev` where none is given. @throws Error if it cannot be part of a stack's name. */
export const stageOf = (app: App): string => {
  const stage: unknown = app.node.tryGetContext('stage') ?? 'dev';
  if (typeof stage === 'string' && /^[a-z][a-z0-9-]{0,19}$/.test(stage)) return stage;
  throw new Error(`stage: ${JSON.stringify(stage)} must be a small letter, then at most 19 small letters, digits and hyphens`);
};
