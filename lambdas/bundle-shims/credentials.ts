/**
 * Stands for the SDK's default chain of credential providers in the bundles: Lambda hands a function its credentials in the
 * environment, and the other eleven ways to find some are a fifth of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
