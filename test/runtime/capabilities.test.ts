import assert from 'node:assert/strict';
import {
  ALL_CAPABILITIES,
  type CapabilityChanges,
  capabilitySet,
  DEFAULT_CAPABILITIES,
  ociCapabilities,
} from '../../src/runtime/capabilities.ts';

const sorted = (names: readonly string[]) => ALL_CAPABILITIES.filter((name) => names.includes(name));
const without = (...names: string[]) => sorted(DEFAULT_CAPABILITIES).filter((name) => !names.includes(name));
const withMore = (...names: string[]) => sorted([...DEFAULT_CAPABILITIES, ...names]);

describe('capabilities', () => {
  const rows: { name: string; changes: CapabilityChanges; privileged?: boolean; want: string[] }[] = [
    { name: 'nothing said: the default fourteen', changes: {}, want: sorted(DEFAULT_CAPABILITIES) },
    {
      name: 'one more, with and without CAP_',
      changes: { add: ['NET_ADMIN', 'CAP_SYS_TIME'] },
      want: withMore('CAP_NET_ADMIN', 'CAP_SYS_TIME'),
    },
    { name: 'small letters', changes: { add: ['net_admin'] }, want: withMore('CAP_NET_ADMIN') },
    { name: 'one less', changes: { drop: ['CHOWN'] }, want: without('CAP_CHOWN') },
    { name: 'dropping what is not there', changes: { drop: ['SYS_ADMIN'] }, want: sorted(DEFAULT_CAPABILITIES) },
    { name: 'nothing but one', changes: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }, want: ['CAP_NET_BIND_SERVICE'] },
    {
      name: 'all but one',
      changes: { add: ['ALL'], drop: ['SYS_ADMIN'] },
      want: ALL_CAPABILITIES.filter((name) => name !== 'CAP_SYS_ADMIN'),
    },
    { name: 'all added and all dropped: none', changes: { add: ['ALL'], drop: ['all'] }, want: [] },
    { name: 'the same added and dropped: dropped', changes: { add: ['KILL'], drop: ['KILL'] }, want: without('CAP_KILL') },
    { name: 'privileged: all, whatever else is said', changes: { drop: ['ALL'] }, privileged: true, want: [...ALL_CAPABILITIES] },
  ];
  for (const { name, changes, privileged, want } of rows) it(name, () => assert.deepEqual(capabilitySet(changes, privileged), want));

  it('a name that Linux does not have is refused', () => {
    assert.throws(() => capabilitySet({ add: ['FLY'] }), { code: 'CONTAINER_CREATE', message: 'unknown capability "FLY"' });
  });

  it('nothing is inheritable or ambient', () => {
    assert.deepEqual(ociCapabilities(['CAP_KILL']), { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] });
  });

  it('the default is the mask that containerd gives', () => {
    const mask = DEFAULT_CAPABILITIES.reduce((bits, name) => bits | (1n << BigInt(ALL_CAPABILITIES.indexOf(name))), 0n);
    assert.equal(mask.toString(16), 'a80425fb');
  });
});
