import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { openApp } from './support/harness.ts';

test('the page of the development inbox shows the newest fifty messages and says how many are older', async () => {
  const inbox = createInbox();
  const { server } = await openApp({ inbox });
  const shown = async (query: string) => (await server.inject(`/dev/inbox${query}`)).body;
  for (let nth = 1; nth <= 53; nth += 1) {
    inbox.add({
      to: (nth === 1 ? '+79160000001' : '+79160000002') as PhoneNumber,
      text: `code ${nth}.`,
      code: `${nth}`,
      sentAt: new Date(),
    });
  }
  const all = await shown('');
  assert.equal(all.match(/<li>/g)?.length, 50);
  assert.match(all, /ещё 3\./);
  const one = await shown('?phone=%2B79160000001');
  assert.equal(one.match(/<li>/g)?.length, 1);
  assert.doesNotMatch(one, /ещё/);
  const { messages } = JSON.parse(await shown('.json'));
  assert.equal(messages.length, 53);
});
