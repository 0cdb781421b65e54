import assert from 'node:assert/strict';
import { hasDefaultRoute } from '../../src/host/default-route.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const route = (destination: string, flags: string, mask: string) => `eth0\t${destination}\t010200C0\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0\n`;
const LOCAL = route('000200C0', '0001', '00FFFFFF');

describe('default route', () => {
  const rows: { name: string; text: string; want: boolean }[] = [
    { name: 'there is one', text: HEAD + LOCAL + route('00000000', '0003', '00000000'), want: true },
    { name: 'one that rejects', text: HEAD + LOCAL + route('00000000', '0200', '00000000'), want: false },
    { name: 'half of everything', text: HEAD + route('00000000', '0003', '00000080'), want: false },
    { name: 'only others', text: HEAD + LOCAL, want: false },
    { name: 'no file', text: '', want: false },
  ];
  for (const { name, text, want } of rows) it(name, () => assert.equal(hasDefaultRoute(text), want));
});
