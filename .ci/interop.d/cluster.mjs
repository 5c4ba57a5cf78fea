// Two tabs of a real browser in one room, on different nodes of the cluster's chat behind a proxy: they exchange messages; the node of
// one is drained; its page returns on the other node by itself, and has missed nothing. One tab is as narrow as a phone.
// Arguments: the folder of modules, the browser, an empty profile folder, the proxy's port, and the two nodes' control port: a line
// "drain N" there drains a node and is answered when that has ended, "connections N" is answered with the node's number of pages.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [modules, executablePath, profile, port, control] = process.argv.slice(2);
const { chromium } = createRequire(modules + '/')('playwright-core');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
context.setDefaultTimeout(30_000);

const nodes = connect(Number(control), '127.0.0.1');
const answers = createInterface({ input: nodes })[Symbol.asyncIterator]();
async function ask(line) {
  nodes.write(`${line}\n`);
  return (await answers.next()).value;
}
async function join(name) {
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(`${name}'s page: ${error}`));
  await page.goto(`http://127.0.0.1:${port}/interop`);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText(`You joined as ${name}`).waitFor();
  return page;
}
async function say(page, text) {
  await page.getByLabel('Message').fill(text);
  await page.getByLabel('Message').press('Enter');
}
const lines = (page) => page.locator('#log li:not(.note)').allInnerTexts();

try {
  const ada = await join('Ada');
  const bob = await join('Bob');
  await bob.setViewportSize({ width: 360, height: 640 });
  const counts = [Number(await ask('connections 0')), Number(await ask('connections 1'))];
  assert.deepEqual(counts, [1, 1], 'the pages are on different nodes');
  await say(ada, 'Hello, <b>Bob</b> \u202eκόσμε 🦀');
  await bob.getByText('Hello, <b>Bob</b>').waitFor();
  await say(bob, 'Hello, Ada');
  await ada.getByText('Hello, Ada').waitFor();
  await ada.getByText('connected, 2 people here').waitFor();

  // The node of one of them is drained. The page misses none of the messages of the other page, and loses none of its own.
  const drained = ask('drain 0');
  for (let number = 1; number <= 20; number++) {
    await say(ada, `Ada ${number}.`);
    await say(bob, `Bob ${number}.`);
    await new Promise((done) => setTimeout(done, 150));
  }
  assert.equal(await drained, '0', 'the drained node ends with status 0');
  for (const page of [ada, bob]) {
    await page.getByText('Ada 20.').waitFor();
    await page.getByText('Bob 20.').waitFor();
    await page.locator('.waiting').waitFor({ state: 'detached' });
    assert.equal(await page.getByText('missing here').count(), 0);
  }
  assert.ok(await ada.getByText('Nothing was missed').count() + await bob.getByText('Nothing was missed').count() >= 1);
  assert.equal(Number(await ask('connections 1')), 2);
  const plain = (texts) => texts.map((text) => text.split('\n').pop()); // without names
  const [its, others] = [plain(await lines(ada)), plain(await lines(bob))];
  assert.deepEqual(its, others, 'both see the same lines in the same order');
  assert.equal(its.length, 42);
  for (const name of ['Ada', 'Bob']) {
    const own = its.filter((text) => text.startsWith(`${name} `));
    assert.deepEqual(own, Array.from({ length: 20 }, (_, number) => `${name} ${number + 1}.`));
  }
  const status = await bob.locator('#state').boundingBox();
  const log = await bob.locator('#log').boundingBox();
  assert.ok(status.y + status.height <= log.y && status.x + status.width <= 360);
  if (process.env.SCREENSHOTS) {
    await ada.screenshot({ path: `${process.env.SCREENSHOTS}/cluster-ada.png` });
    await bob.screenshot({ path: `${process.env.SCREENSHOTS}/cluster-bob.png` });
  }
} finally {
  nodes.end();
  await context.close();
}
