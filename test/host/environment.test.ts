import assert from 'node:assert/strict';
import { serviceEnvironment } from '../../src/host/environment.ts';
import { staysOpenOnExec } from '../../src/host/inherited.ts';
import { findTools, programName, requireTool, toolPath } from '../../src/host/tools.ts';

const EXTRA = '/usr/local/sbin:/usr/sbin:/sbin:/usr/libexec/podman:/usr/lib/podman:/usr/lib/systemd:/lib/systemd';

describe('environment of the holder', () => {
  it('has what the work needs, and none of the secrets of one shell', () => {
    const given = {
      HOME: '/h',
      PATH: '/usr/bin:./bin:/usr/sbin',
      LC_ALL: 'C',
      XDG_DATA_HOME: '/d',
      PODSTEAD_POD_CIDR: '10.0.0.0/16',
      https_proxy: 'http://proxy',
      AWS_SECRET_ACCESS_KEY: 'secret',
      LD_PRELOAD: '/x.so',
      CONTAINERS_STORAGE_CONF: '/x',
      PD_RUN: '/x',
    };
    assert.deepEqual(serviceEnvironment(given), {
      HOME: '/h',
      PATH: `/usr/bin:/usr/sbin:${EXTRA.replace('/usr/sbin:', '')}`,
      LC_ALL: 'C',
      XDG_DATA_HOME: '/d',
      PODSTEAD_POD_CIDR: '10.0.0.0/16',
      https_proxy: 'http://proxy',
    });
  });
});

describe('tools', () => {
  it('without a PATH the usual places are searched', () => assert.equal(toolPath(undefined), `/usr/local/bin:/usr/bin:/bin:${EXTRA}`));

  it('the first of several programs, in the first place', () => {
    const there = new Set(['/a/sh', '/b/dash', '/a/crun', '/b/crun', '/usr/lib/systemd/systemd-socket-proxyd']);
    const { sh, crun, socketProxyd, pasta } = findTools({ PATH: '/a:/b' }, (file) => there.has(file));
    assert.deepEqual([sh, crun, socketProxyd, pasta], ['/b/dash', '/a/crun', '/usr/lib/systemd/systemd-socket-proxyd', undefined]);
  });

  it('a missing one names its package', () => {
    assert.equal(programName('socketProxyd'), 'systemd-socket-proxyd');
    assert.throws(
      () =>
        requireTool(
          findTools({ PATH: '/a' }, () => false),
          'dnsmasq',
        ),
      {
        code: 'TOOL_MISSING',
        message: 'dnsmasq is not installed',
        remedy: 'sudo apt-get install dnsmasq-base',
      },
    );
  });
});

describe('inherited descriptors', () => {
  const rows: { name: string; info: string; want: boolean }[] = [
    { name: 'of a shell', info: 'pos:\t0\nflags:\t0100000\nmnt_id:\t1\n', want: true },
    { name: 'closed on exec', info: 'pos:\t0\nflags:\t02100000\nmnt_id:\t1\n', want: false },
    { name: 'unreadable', info: '', want: false },
  ];
  for (const row of rows) it(row.name, () => assert.equal(staysOpenOnExec(row.info), row.want));
});
