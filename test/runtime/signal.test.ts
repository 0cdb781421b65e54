import assert from 'node:assert/strict';
import { signalNumber } from '../../src/runtime/signal.ts';

describe('signal', () => {
  const rows: [string, number][] = [
    ['SIGTERM', 15],
    ['TERM', 15],
    ['sigquit', 3],
    [' 9 ', 9],
    ['SIGRTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX', 64],
    ['SIGRTMAX-1', 63],
    ['SIGUSR1', 10],
  ];
  for (const [text, number] of rows) it(text, () => assert.equal(signalNumber(text), number));
  for (const text of ['', '0', '65', 'SIGNOTHING', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', '-9', '1.5'])
    it(`${JSON.stringify(text)} is none`, () => assert.throws(() => signalNumber(text), { code: 'CONTAINER_CONFIG' }));
});
