import assert from 'node:assert/strict';
import { failureText, startFailure } from '../../src/runtime/start-failure.ts';

describe('start-failure', () => {
  const texts: { name: string; failure: string; err: string; want: string }[] = [
    {
      name: 'conmon\u2019s answer',
      failure: '{"data": -1, "message": "executable file `/no` not found: No such file or directory\\n"}\n',
      err: 'warning',
      want: 'executable file `/no` not found: No such file or directory',
    },
    { name: 'no answer: what the tools said', failure: '', err: 'cannot open log\n', want: 'cannot open log' },
    { name: 'an answer without words', failure: '{"data": -1, "message": ""}', err: 'why', want: 'why' },
    { name: 'an answer that is no JSON', failure: 'half of {', err: '', want: 'half of {' },
    { name: 'a start that failed', failure: '', err: 'unknown seccomp syscall `x` ignored\nexec: no\n', want: 'exec: no' },
    { name: 'nothing', failure: '', err: '', want: '' },
  ];
  for (const { name, failure, err, want } of texts) it(name, () => assert.equal(failureText(failure, err), want));

  const reports: { name: string; text: string; permanent: boolean }[] = [
    { name: 'crun: not there', text: 'executable file `/no/such` not found: No such file or directory', permanent: true },
    {
      name: 'crun: in no directory of PATH',
      text: 'executable file `nope` not found in $PATH: No such file or directory',
      permanent: true,
    },
    { name: 'crun: a directory', text: 'open executable: Operation not permitted', permanent: true },
    { name: 'runc', text: 'exec: "/no/such": stat /no/such: no such file or directory: unknown', permanent: true },
    { name: 'runc: not executable', text: 'exec: "/etc/passwd": permission denied: unknown', permanent: true },
    { name: 'a volume that is not there', text: 'mount `/v` to `/w`: No such file or directory', permanent: false },
    { name: 'the namespace is gone', text: 'open `/proc/1/ns/net`: No such file or directory', permanent: false },
    { name: 'no word', text: '', permanent: false },
  ];
  for (const { name, text, permanent } of reports)
    it(name, () => {
      const message = `failed to create container: unable to start container process: ${text || 'the runtime ended without a word'}`;
      assert.deepEqual(startFailure(text, '/no/such'), { reason: 'StartError', exitCode: 128, message, permanent });
    });
});
