import assert from 'node:assert/strict';
import { Bridge, bridgeArgv, type StartLines } from '../../src/network/bridge.ts';

/** ip as it behaves: silent on success, its complaint and the line's number on failure. */
class FakeIp {
  lives = 0;
  readonly seen: string[] = [];
  readonly devices = new Set(['va', 'vb', 'vc']);
  /** Dies when it reads such a line; so many times. */
  dieOn: RegExp | undefined;
  deaths = 0;
  mute = false;
  readonly start: StartLines = (_argv, on) => {
    this.lives++;
    let number = 0;
    let dead = false;
    const die = () => {
      dead = true;
      on.exit('SIGKILL');
    };
    return {
      send: (line) => {
        if (dead) return;
        number++;
        const at = number;
        this.seen.push(line);
        queueMicrotask(() => {
          if (dead || this.mute) return;
          if (this.dieOn?.test(line) && this.deaths-- > 0) return die();
          const device = /^link set (\S+)/.exec(line)?.[1] ?? '';
          if (this.devices.has(device)) return;
          on.line(`Cannot find device "${device}"`);
          on.line(`Command failed -:${at}`);
        });
      },
      close: () => {
        dead = true;
      },
    };
  };
}

const tools = { ip: '/sbin/ip', nsenter: '/bin/nsenter', sh: '/bin/sh' };

describe('bridge', () => {
  let ip: FakeIp;
  let bridge: Bridge;
  beforeEach(() => {
    ip = new FakeIp();
    bridge = new Bridge({ namespace: '/run/p/node', tools, start: ip.start, timeoutMs: 100 });
  });
  afterEach(() => bridge.close());

  it('the command line', () => {
    assert.deepEqual(bridgeArgv('/run/p/node', tools), [
      ...['/bin/sh', '-c', 'exec "$@" 2>&1', 'bridge'],
      ...['/bin/nsenter', '--net=/run/p/node', '/sbin/ip', '-force', '-batch', '-'],
    ]);
  });

  it('what is asked for in one turn shares a barrier', async () => {
    await Promise.all([bridge.attach('a'), bridge.attach('b')]);
    await bridge.attach('c');
    assert.deepEqual(ip.seen, [
      'link set va master br0 up',
      'link set vb master br0 up',
      'link set barrier up',
      'link set vc master br0 up',
      'link set barrier up',
    ]);
    assert.equal(ip.lives, 1);
  });

  it('one failure is the failure of one', async () => {
    const results = await Promise.allSettled([bridge.attach('a'), bridge.attach('gone'), bridge.attach('b')]);
    assert.deepEqual(
      results.map((r) => (r.status === 'rejected' ? [r.reason.code, r.reason.message] : r.status)),
      ['fulfilled', ['TOOL_FAILED', 'ip link set vgone master br0 up: Cannot find device "vgone"'], 'fulfilled'],
    );
  });

  it('its death is made good', async () => {
    ip.dieOn = /barrier/;
    ip.deaths = 1;
    await Promise.all([bridge.attach('a'), bridge.attach('b')]);
    assert.equal(ip.lives, 2);
  });

  it('one that dies again and again is an error', async () => {
    ip.dieOn = /va /;
    ip.deaths = 100;
    await assert.rejects(bridge.attach('a'), { code: 'TOOL_FAILED', message: 'ip link set va master br0 up: its process died: SIGKILL' });
    assert.equal(ip.lives, 3);
    ip.deaths = 0;
    await bridge.attach('a');
  });

  it('one that hangs is an error, and the next is another process', async () => {
    ip.mute = true;
    await assert.rejects(bridge.attach('a'), { code: 'TOOL_TIMEOUT', message: 'ip link set va master br0 up: no answer within 100 ms' });
    ip.mute = false;
    await bridge.attach('a');
    assert.equal(ip.lives, 2);
  });

  it('one that cannot be started is an error', async () => {
    const broken = new Bridge({
      namespace: '/n',
      tools,
      start: () => {
        throw new Error('no ip');
      },
    });
    await assert.rejects(broken.attach('a'), { message: 'no ip' });
  });

  it('close fails what is under way', async () => {
    ip.mute = true;
    const attached = bridge.attach('a');
    bridge.close();
    await assert.rejects(attached, { code: 'TOOL_FAILED', message: 'ip: closed before it did: link set va master br0 up' });
  });
});
