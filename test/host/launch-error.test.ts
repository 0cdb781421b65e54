import assert from 'node:assert/strict';
import { explainLaunch, type LaunchFacts } from '../../src/host/launch-error.ts';

const healthy: LaunchFacts = { user: 'ada', uid: 1000, usernsClone: undefined, apparmorRestricts: undefined, maxUserNamespaces: '96365' };
const rows: { name: string; stderr: string; facts?: Partial<LaunchFacts>; code: string; remedy: RegExp }[] = [
  {
    name: 'newuidmap is not installed',
    stderr: 'unshare: failed to execute newuidmap: No such file or directory',
    code: 'TOOL_MISSING',
    remedy: /^sudo apt-get install uidmap$/,
  },
  {
    name: 'no line in /etc/subuid',
    stderr: 'unshare: no line matching user "ada" in /etc/subuid',
    code: 'SUBID_MISSING',
    remedy: /^sudo usermod --add-subuids .* ada/,
  },
  {
    name: 'a range that is not allowed',
    stderr: 'newuidmap: uid range [1-65536) -> [100000-165535) not allowed',
    code: 'SUBID_MISSING',
    remedy: /^sudo usermod/,
  },
  {
    name: "Debian's own switch",
    stderr: 'unshare: unshare failed: Operation not permitted',
    facts: { usernsClone: '0' },
    code: 'NAMESPACE_FAILED',
    remedy: /kernel\.unprivileged_userns_clone=1/,
  },
  {
    name: 'no more of them',
    stderr: 'unshare: unshare failed: No space left on device',
    code: 'NAMESPACE_FAILED',
    remedy: /user\.max_user_namespaces=15000/,
  },
  {
    name: 'AppArmor',
    stderr: 'mount: permission denied',
    facts: { apparmorRestricts: '1' },
    code: 'NAMESPACE_FAILED',
    remedy: /kernel\.apparmor_restrict_unprivileged_userns=0/,
  },
  { name: 'anything else', stderr: 'holder: cannot make /run/x', code: 'NAMESPACE_FAILED', remedy: /podstead doctor/ },
];

describe('launch error', () => {
  for (const row of rows)
    it(row.name, () => {
      const error = explainLaunch(row.stderr, { ...healthy, ...row.facts });
      assert.equal(error.code, row.code);
      assert.match(error.remedy ?? '', row.remedy);
    });
});
