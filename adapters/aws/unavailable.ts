import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Unavailable } from '../../core/basics/errors.ts';

/** Awaits an answer of AWS. @throws Unavailable, if the SDK gave up after faults of the network or the service. */
export const orUnavailable = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    throw unavailableOr(error);
  }
};

/** The same for the pages of a paginator of the SDK. */
export async function* pagesOrUnavailable<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw unavailableOr(error);
  }
}

const unavailableOr = (error: unknown): unknown =>
  error instanceof Error && isPassing(error) ? new Unavailable(`${error.name}: ${error.message}`, { cause: error }) : error;

type SdkError = Parameters<typeof isTransientError>[0];

const isPassing = (error: Error): boolean =>
  [isThrottlingError, isTransientError, isServerError].some((is) => is(error as SdkError)) || error.name === 'TimeoutError';
