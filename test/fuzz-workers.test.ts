import { assertHealthy } from './support/assert-healthy.ts';
import { deepTest, repetitions } from './support/depth.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_240_607);

deepTest('hostile methods, paths, headers, cookies and bodies end no worker and find no fault', async (t) => {
  await assertHealthy(t, { seed, requests: repetitions(2000, 500), workers: 2 });
});
