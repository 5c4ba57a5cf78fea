// Every kind of message through npm `ws`, each answer compared.
// With compression, also seeded random messages under every set of parameters.
// Arguments: the folder of modules, the port, the process id of the server, and --deflate or --deflate=dedicated if it compresses.
// Over TLS if the environment's CA names the file of a certificate.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, port, , ...options] = process.argv.slice(2);
const { CA } = process.env;
const server = CA ? `wss://localhost:${port}` : `ws://127.0.0.1:${port}`;
const secure = CA ? { ca: readFileSync(CA) } : {};
const compresses = options.length > 0;
const WebSocket = createRequire(modules + '/')('ws');
setTimeout(() => assert.fail('no end after 60 s'), 60_000).unref();

for (const perMessageDeflate of [false, true]) {
  const ws = new WebSocket(`${server}/any/path`, { ...secure, perMessageDeflate, maxPayload: 0 });
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
  // A server echoes the code (RFC 6455 §5.5.1), without the reason.
  const [code] = await once(ws, 'close');
  assert.equal(code, 1000);
}

// A small generator (xorshift), so that a failure can be repeated.
function chance(seed) {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function randomMessage(below) {
  const length = 2 ** below(18);
  if (below(3) === 0) return Buffer.from({ length }, () => below(256));
  const words = ['frame ', 'mask ', 'κόσμε ', '🦀 ', `${below(1e9)} `];
  return Array.from({ length: length / 6 }, () => words[below(words.length)]).join('');
}

// In one frame, or in three, of which some may be empty. Text is cut where characters end: `ws` takes each piece as a string.
function sendInPieces(ws, below, message) {
  const characters = typeof message === 'string' ? [...message] : message;
  const join = (part) => (typeof message === 'string' ? part.join('') : part);
  const [from, to] = [below(characters.length + 1), below(characters.length + 1)].sort((a, b) => a - b);
  ws.send(join(characters.slice(0, from)), { fin: false, binary: typeof message !== 'string' });
  ws.send(join(characters.slice(from, to)), { fin: false });
  ws.send(join(characters.slice(to)), { fin: true });
}

async function randomMessages(parameters, seed) {
  const below = chance(seed + 1);
  const ws = new WebSocket(`${server}/`, { ...secure, perMessageDeflate: { threshold: 0, ...parameters }, maxPayload: 0 });
  await once(ws, 'open');
  assert.equal(ws.extensions, 'permessage-deflate');
  for (let number = 0; number < 25; number++) {
    const message = randomMessage(below);
    if (below(2)) ws.send(message);
    else sendInPieces(ws, below, message);
    const [data, isBinary] = await once(ws, 'message');
    assert.ok(Buffer.from(message).equals(data), `seed ${seed}, message ${number} came back changed`);
    assert.equal(isBinary, typeof message !== 'string');
  }
  ws.close(1000);
  await once(ws, 'close');
}

if (compresses) {
  let seed = 0;
  for (const serverNoContextTakeover of [undefined, true])
    for (const clientNoContextTakeover of [undefined, true])
      for (const serverMaxWindowBits of [undefined, 9, 12, 15])
        for (const clientMaxWindowBits of [true, 9, 12, 15])
          await randomMessages({ serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits }, seed++);
}
process.exit(0);
