// Reads the answers on standard input with Node's http client, over loopback, in strict mode.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';

const GLUED = Buffer.from([0x88, 0]); // a Close frame right behind a 101
setTimeout(() => assert.fail('no end after 60 s'), 60_000).unref();

let answer;
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => socket.end(Buffer.concat([answer.bytes, answer.status === 101 ? GLUED : Buffer.alloc(0)])));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

for await (const line of createInterface({ input: process.stdin })) {
  answer = JSON.parse(line);
  answer.bytes = Buffer.from(answer.bytes, 'hex');
  const { name, method, status } = answer;
  const headers = method === 'GET' ? { Connection: 'Upgrade', Upgrade: 'websocket' } : {};
  const request = http.request({ port: server.address().port, method, headers, insecureHTTPParser: false });
  request.end();
  const response = await new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('upgrade', (upgraded, socket, head) => resolve(Object.assign(upgraded, { upgraded: { socket, head } })));
    request.once('error', reject);
  });
  let body = Buffer.alloc(0);
  if (response.upgraded) {
    const { socket, head } = response.upgraded;
    const glued = head.length ? head : (await once(socket, 'data'))[0];
    assert.deepEqual(glued, GLUED, `${name}: behind the head`);
    socket.destroy();
  } else {
    for await (const piece of response) body = Buffer.concat([body, piece]);
    assert(response.complete, `${name}: cut short`);
  }
  assert.equal(Boolean(response.upgraded), status === 101, name);
  assert.equal(response.statusCode, status, name);
  assert.equal(body.toString('hex'), answer.body, name);
  for (const [field, value] of answer.fields) {
    const read = response.rawHeaders.filter((_, n, raw) => n % 2 === 1 && raw[n - 1].toLowerCase() === field.toLowerCase());
    assert.deepEqual(read, [value], `${name}: ${field}`);
  }
}
server.close();
