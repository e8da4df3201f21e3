// Sends a value that changes faster than it may be sent: one call at a time, spaced, and the last value always arrives.

export interface Throttle<T> {
  push(value: T): void;
}

/** `settled` is told after each call whether nothing newer waits, and the error if it failed. */
export function throttle<T>(
  send: (value: T) => Promise<unknown>,
  spacingMs: number,
  settled: (idle: boolean, error: unknown) => void,
): Throttle<T> {
  let waiting: { value: T } | null = null;
  let busy = false;

  const run = async () => {
    if (busy) return;
    busy = true;
    while (waiting !== null) {
      const { value } = waiting as { value: T };
      waiting = null;
      const pause = new Promise((resolve) => setTimeout(resolve, spacingMs));
      let failure: unknown;
      try {
        await send(value);
      } catch (error) {
        failure = error ?? new Error("failed");
      }
      settled(waiting === null, failure);
      await pause;
    }
    busy = false;
  };

  return {
    push(value) {
      waiting = { value };
      void run();
    },
  };
}
