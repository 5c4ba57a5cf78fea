// Every kind of message through npm `ws`, each answer compared.
// Arguments: the folder of modules, the port, the process id of the server, and --deflate if it compresses.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const [modules, port, , ...options] = process.argv.slice(2);
const compresses = options.includes('--deflate');
const WebSocket = createRequire(modules + '/')('ws');
setTimeout(() => assert.fail('no end after 60 s'), 60_000).unref();

for (const perMessageDeflate of [false, true]) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/any/path`, { perMessageDeflate, maxPayload: 0 });
  await once(ws, 'open');
  assert.equal(ws.extensions, compresses && perMessageDeflate ? 'permessage-deflate' : '');
  const answer = async () => {
    const [data, isBinary] = await once(ws, 'message');
    return isBinary ? data : data.toString();
  };
  for (const message of ['Hello', '', 'κόσμε 🦀', Buffer.from([0, 255, 0]), Buffer.alloc(0), 'x'.repeat(1 << 20), randomBytes(1 << 20)]) {
    ws.send(message);
    assert.deepEqual(await answer(), message);
  }
  ws.send('frag', { fin: false });
  ws.ping('between fragments');
  const [pong] = await once(ws, 'pong');
  assert.equal(pong.toString(), 'between fragments');
  ws.send('', { fin: false });
  ws.send('mented', { fin: true });
  assert.equal(await answer(), 'fragmented');
  ws.close(1000, 'good bye');
  // A server echoes the code (RFC 6455 §5.5.1); the words were ours.
  const [code] = await once(ws, 'close');
  assert.equal(code, 1000);
}
process.exit(0);
