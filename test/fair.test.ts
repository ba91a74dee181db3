import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { StarvationGuard } from '../src/db/starvation-guard.ts';

/** A call as the client keeps it: queued until it has a `state`, and over when it is told so. */
function call() {
  let end = () => {};
  const given = Object.assign(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
    { state: undefined as object | undefined },
  );
  let isGiven = false;
  return {
    give: () => {
      isGiven = true;
      return given;
    },
    isGiven: () => isGiven,
    starts: () => {
      given.state = {};
    },
    end: () => end(),
  };
}

function opened(t: TestContext): StarvationGuard {
  const fair = new StarvationGuard();
  t.after(() => fair.close());
  return fair;
}

test('while a call starves in the client’s queue no new one goes before it', async (t) => {
  const fair = opened(t);
  const [working, starving, later] = [call(), call(), call()];
  working.starts();
  const calls = [fair.call(working.give), fair.call(starving.give)];
  assert.ok(working.isGiven() && starving.isGiven());
  await pause(250);
  calls.push(fair.call(later.give));
  await pause(50);
  assert.ok(!later.isGiven());
  // the connection has nothing to do: the client takes from its queue
  working.end();
  starving.starts();
  await pause(50);
  assert.ok(later.isGiven());
  for (const one of [starving, later]) one.end();
  await Promise.all(calls);
});

test('for one that waits for a connection to be made the others wait a second at most, and once', async (t) => {
  const fair = opened(t);
  const [working, waiting, held, later] = [call(), call(), call(), call()];
  working.starts();
  const calls = [fair.call(working.give), fair.call(waiting.give)];
  await pause(250);
  calls.push(fair.call(held.give));
  assert.ok(!held.isGiven());
  await pause(1200);
  assert.ok(held.isGiven());
  held.starts();
  await pause(250);
  calls.push(fair.call(later.give));
  assert.ok(later.isGiven());
  for (const one of [working, waiting, held, later]) one.end();
  await Promise.all(calls);
});

test('calls that take long, and wait for nothing of the client’s, hold nobody up', async (t) => {
  const fair = opened(t);
  const slow = call();
  slow.starts();
  const first = fair.call(slow.give);
  await pause(250);
  const next = call();
  const second = fair.call(next.give);
  assert.ok(next.isGiven());
  for (const one of [slow, next]) one.end();
  await Promise.all([first, second]);
});
