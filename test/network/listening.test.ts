import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import {
  describeHolder,
  findHolder,
  parseListening,
  readListening,
  readUnprivilegedPortStart,
  socketInTheWay,
} from '../../src/network/listening.ts';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F91 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 100 0 0 10 0
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0
   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 98 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 97 1 0 100 0 0 10 0
`;

describe('listening sockets', () => {
  it('reads the tables of the kernel', () => {
    assert.deepEqual(parseListening(TCP), [{ hostIp: '127.0.0.1', hostPort: 8080, protocol: 'TCP', uid: 1000, inode: '4711' }]);
    assert.deepEqual(
      parseListening(TCP6).map((s) => [s.hostIp, s.hostPort]),
      [
        ['::', 80],
        ['::1', 81],
        ['127.0.0.1', 82],
      ],
    );
  });

  it('a machine without the files has none', async () => {
    assert.deepEqual(await readListening('/nowhere'), []);
    assert.equal(await readUnprivilegedPortStart('/nowhere'), 1024);
  });

  describe('a real one', () => {
    let server: Server;
    before((done) => {
      server = createServer().listen(0, '127.0.0.1', done);
    });
    after(() => server.close());

    it('is found with its process', async () => {
      const { port } = server.address() as { port: number };
      const socket = socketInTheWay({ hostIp: '0.0.0.0', hostPort: port, protocol: 'TCP' }, await readListening());
      assert.ok(socket);
      assert.equal(socket.hostIp, '127.0.0.1');
      const holder = await findHolder(socket);
      assert.equal(holder.pid, process.pid);
      assert.match(describeHolder(holder), new RegExp(`^.+ \\(pid ${process.pid}\\)$`));
    });
  });

  it('is told by its user when its process is not to be seen', async () => {
    const socket = { hostIp: '0.0.0.0', hostPort: 80, protocol: 'TCP' as const, uid: 0, inode: '1' };
    assert.deepEqual(await findHolder(socket, '/nowhere'), { uid: 0, user: 'root' });
    assert.equal(describeHolder({ uid: 0, user: 'root' }), 'a process of user root (uid 0)');
    assert.equal(describeHolder({ uid: 77777 }), 'a process of uid 77777');
  });
});
