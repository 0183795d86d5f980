import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Unavailable } from '../../core/basics/errors.ts';

/** The answer of AWS; where the SDK gave up on a fault of the network or the service, Unavailable. */
export const orUnavailable = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && isPassing(error)) throw new Unavailable(`${error.name}: ${error.message}`, { cause: error });
    throw error;
  }
};

type SdkError = Parameters<typeof isTransientError>[0];

const isPassing = (error: Error): boolean =>
  [isThrottlingError, isTransientError, isServerError].some((is) => is(error as SdkError)) || error.name === 'TimeoutError';
