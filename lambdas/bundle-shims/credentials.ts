/**
 * Replaces the SDK's default chain of credential providers in the bundles. Lambda gives a function its credentials in the environment, and
 * the other eleven providers are a fifth of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
