// Chromium over HTTP/2: a page comes over the connection, and its WebSocket connections are streams of the same (RFC 8441).
// Arguments: the folder of modules, the browser, an empty profile folder, the port.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [modules, executablePath, profile, port] = process.argv.slice(2);
const { chromium } = createRequire(modules + '/')('playwright-core');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  ignoreHTTPSErrors: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
context.setDefaultTimeout(20_000);

try {
  const page = await context.newPage();
  const response = await page.goto(`https://127.0.0.1:${port}/`);
  assert.equal(await response.text(), 'Hello over HTTP/2\n');
  // The server speaks only HTTP/2, so an open connection runs over it.
  const results = await page.evaluate(() => Promise.all([1, 2, 3].map((number) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://${location.host}/`);
    const long = `${number} κόσμε 🦀 `.repeat(20_000);
    const answers = [];
    socket.onopen = () => { socket.send('hello'); socket.send(long); };
    socket.onmessage = ({ data }) => {
      answers.push(data);
      if (answers.length === 2) socket.close(1000, 'good bye');
    };
    socket.onclose = ({ code, reason, wasClean }) => resolve({
      code, reason, wasClean, extensions: socket.extensions, same: answers[0] === 'hello' && answers[1] === long,
    });
    socket.onerror = () => reject(new Error('no connection'));
  }))));
  for (const result of results) {
    assert.deepEqual(result, { code: 1000, reason: '', wasClean: true, extensions: 'permessage-deflate', same: true });
  }
} finally {
  await context.close();
}
