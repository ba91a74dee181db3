/** The result of the work, or the error `ETIMEDOUT` after `ms`, when `onEnd` is called; the work then continues unobserved. */
export async function withDeadline<T>(ms: number, work: Promise<T>, onEnd: () => void = () => {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onEnd();
      reject(Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' }));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
