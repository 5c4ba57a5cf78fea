// Two tabs of a real browser on the chat page, one as narrow as a phone: one shows the lines of the other, and its leaving. The page
// reports a server that goes away, and joins again when it is back.
// Over TLS if the environment's SPKI is the hash of the key that the browser is to trust.
// Arguments: the folder of modules, the browser, the chat program, an empty profile folder, a port, options for the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const [modules, executablePath, program, profile, port, ...options] = process.argv.slice(2);
const { SPKI } = process.env;
const { chromium } = createRequire(modules + '/')('playwright-core');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', ...(SPKI ? [`--ignore-certificate-errors-spki-list=${SPKI}`] : [])],
});
context.setDefaultTimeout(20_000);

async function startServer() {
  const server = spawn(program, [...options, `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server.stdout, 'data'); // the line with its address
  return server;
}
async function stopServer(server) {
  server.kill('SIGTERM');
  const [status] = await once(server, 'exit');
  assert.equal(status, 0);
}
async function join(name) {
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(`${name}'s page: ${error}`));
  await page.goto(`${SPKI ? 'https' : 'http'}://127.0.0.1:${port}/`);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You joined').waitFor();
  return page;
}
async function box(page, selector) {
  const { x, y, width, height } = await page.locator(selector).last().boundingBox();
  return { left: x, top: y, right: x + width, bottom: y + height };
}
// No element covers another one, and the last line is visible.
async function laidOut(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const [title, state, log, last, form] =
    await Promise.all(['h1', '#state', '#log', '#log li', '#say'].map((part) => box(page, part)));
  assert.ok(title.right <= state.left || title.bottom <= state.top, 'the status touches the title');
  assert.ok(Math.max(title.bottom, state.bottom) <= log.top, 'the header covers lines');
  assert.ok(last.bottom <= log.bottom && log.bottom <= form.top, 'the last line is hidden');
  const { width, height } = page.viewportSize();
  assert.ok(form.bottom <= height && form.right <= width && state.right <= width, 'the page is larger than the screen');
}
async function say(page, text) {
  await page.getByLabel('Message').fill(text);
  await page.getByLabel('Message').press('Enter');
}

let server = await startServer();
try {
  const ada = await join('Ada');
  const bob = await join('Bob');
  await ada.getByText('Nobody else is here yet').waitFor();
  await bob.getByText('Here already: Ada.').waitFor();
  await ada.getByText('Bob joined').waitFor();
  await ada.setViewportSize({ width: 360, height: 640 });
  await say(ada, 'Hello, <b>Bob</b> κόσμε 🦀');
  await bob.getByText('Hello, <b>Bob</b> κόσμε 🦀').waitFor();
  await say(bob, 'Hello, Ada');
  await ada.getByText('Hello, Ada').waitFor();
  const kind = (page, text) => page.locator('#log li', { hasText: text }).getAttribute('class');
  assert.equal(await kind(ada, 'Hello, Ada'), 'other');
  assert.equal(await kind(bob, 'Hello, Ada'), 'own');
  // A message that changes the direction of writing changes only its own.
  await say(bob, 'turned \u202earound');
  await ada.locator('#log li.other bdi', { hasText: 'turned' }).waitFor();
  for (let number = 0; number < 30; number++) await say(number % 2 ? ada : bob, `line ${number}`);
  await ada.getByText('line 29').waitFor();
  await laidOut(ada);
  const agreed = await ada.evaluate(() => socket.extensions);
  assert.equal(agreed.includes('permessage-deflate'), options.includes('--deflate'), agreed);
  await bob.close();
  await ada.getByText('Bob left').waitFor();

  await stopServer(server);
  await ada.getByText('The server cannot be reached. Trying again in').waitFor();
  assert.equal(await ada.getByText(/code|1006/).count(), 0);
  await laidOut(ada);
  server = await startServer();
  // The page waits for up to half a minute between two attempts.
  await ada.getByText('You joined again').waitFor({ timeout: 60_000 });
} finally {
  server.kill('SIGTERM');
  await context.close();
}
