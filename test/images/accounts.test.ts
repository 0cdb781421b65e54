import assert from 'node:assert/strict';
import { type Account, type AccountQuestion, findAccount, imageUser, parseAccounts } from '../../src/images/accounts.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/sh\n# note\nbroken\napp:x:1000:1000:App:/home/app:/bin/sh\n\nbin:x:2:2\nneg:x:-1:0::/:\nbig:x:4294967295:0::/:\n';
const group = 'root:x:0:\napp:x:1000:app\naudio:x:29:app,root\nvideo:x:44: \nwheel:x:10:root,app\nbad\n';

describe('accounts', () => {
  it('lines that are no entries are skipped', () => {
    const files = parseAccounts(passwd, group);
    assert.deepEqual(
      files.passwd.map(({ name }) => name),
      ['root', 'app', 'bin'],
    );
    assert.deepEqual(
      files.group.map(({ name }) => name),
      ['root', 'app', 'audio', 'video', 'wheel'],
    );
    assert.deepEqual(parseAccounts(undefined, undefined), { passwd: [], group: [] });
  });

  const users: [string, ReturnType<typeof imageUser>][] = [
    ['', { uid: 0 }],
    ['0', { uid: 0 }],
    ['1000:2000', { uid: 1000 }],
    ['app', { name: 'app' }],
    ['app:audio', { name: 'app' }],
    [':audio', { uid: 0 }],
    ['99999999999', { name: '99999999999' }],
  ];
  for (const [text, want] of users) it(`USER ${JSON.stringify(text)}`, () => assert.deepEqual(imageUser(text), want));

  const rows: { name: string; question: AccountQuestion; empty?: boolean; want: Account }[] = [
    { name: 'root', question: { user: { uid: 0 } }, want: { uid: 0, gid: 0, additionalGids: [0, 29, 10], home: '/root' } },
    {
      name: 'by name',
      question: { user: { name: 'app' } },
      want: { uid: 1000, gid: 1000, additionalGids: [1000, 29, 10], home: '/home/app' },
    },
    {
      name: 'by number',
      question: { user: { uid: 1000 } },
      want: { uid: 1000, gid: 1000, additionalGids: [1000, 29, 10], home: '/home/app' },
    },
    { name: 'a number that nobody has', question: { user: { uid: 4242 } }, want: { uid: 4242, gid: 0, additionalGids: [0], home: '/' } },
    { name: 'an account without a home', question: { user: { name: 'bin' } }, want: { uid: 2, gid: 2, additionalGids: [2], home: '/' } },
    {
      name: 'another group, more groups',
      question: { user: { uid: 1000 }, runAsGroup: 3000, groups: [5001, 29] },
      want: { uid: 1000, gid: 3000, additionalGids: [3000, 29, 10, 5001], home: '/home/app' },
    },
    {
      name: 'Strict: none of the image\u2019s groups',
      question: { user: { uid: 1000 }, groups: [7], strict: true },
      want: { uid: 1000, gid: 1000, additionalGids: [1000, 7], home: '/home/app' },
    },
    {
      name: 'an image without accounts',
      question: { user: { uid: 5 } },
      empty: true,
      want: { uid: 5, gid: 0, additionalGids: [0], home: '/' },
    },
  ];
  for (const { name, question, empty, want } of rows)
    it(name, () => assert.deepEqual(findAccount(empty ? parseAccounts('', '') : parseAccounts(passwd, group), question), want));

  it('a name that the image does not have', () => {
    const message = 'unable to find user nobody: no matching entries in passwd file';
    assert.throws(() => findAccount(parseAccounts(passwd, group), { user: { name: 'nobody' } }), { code: 'CONTAINER_CREATE', message });
  });
});
