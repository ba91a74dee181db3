/** Reads the development key of `DATA_DIR`, and prints it, as soon as its parent writes a line. */
import { devKey } from '../../src/config/dev-key.ts';

process.stdin.once('data', () => {
  process.stdout.write(`${devKey(process.env.DATA_DIR ?? '')}\n`);
  process.exit();
});
process.stdout.write('ready\n');
