import type { TestEvent } from 'node:test/reporters';

/** What became of a test: one line of JSON each. */
export interface Verdict {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Whether it failed at an assertion, and not for any other fault. */
  readonly asserted: boolean;
  readonly message: string;
}

/** A reporter of `node:test` that tells only verdicts. */
// biome-ignore lint/style/noDefaultExport: node:test takes a reporter that way alone
export default async function* verdicts(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const cause = type === 'test:fail' ? (data.details.error.cause as Partial<Error & { code: string }>) : undefined;
    const verdict: Verdict = {
      name: data.name,
      outcome: data.skip === undefined ? (type === 'test:pass' ? 'passed' : 'failed') : 'skipped',
      asserted: cause?.code === 'ERR_ASSERTION',
      message: cause === undefined ? '' : (cause.message ?? String(cause)),
    };
    yield `${JSON.stringify(verdict)}\n`;
  }
}
