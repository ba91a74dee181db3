import { getPriority } from 'node:os';
import { giveWay } from '../../src/kit/give-way.ts';

giveWay();
process.stdout.write(`${getPriority()}\n`);
