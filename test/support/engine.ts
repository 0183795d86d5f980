import { startEngine } from '../../local/engine.ts';

/** One engine for the test run. It holds nobody up and ends with this process, however that ends: there is nothing to tear down. */
// biome-ignore lint/style/noDefaultExport: jest asks its global setup for one.
export default async (): Promise<void> => {
  const { endpoint } = await startEngine();
  process.env['DYNAMODB_ENDPOINT'] = endpoint;
};
