#!/usr/bin/env node
// The TypeScript SDKs against `tma1 mcp`: 1.x speaks the handshake, 2.x both eras. Claude Code is built on them.
// Usage: typescript_sdk.mjs [TMA1_BINARY] [DATA_DIR]   (or TMA1_BIN, TMA1_DATA_DIR); see README.md beside this file.

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const PACKAGES = ['@modelcontextprotocol/sdk@1', '@modelcontextprotocol/client@2'];
const TOOLS = [
  'get_context_bundle', 'get_session_state', 'get_anomalies', 'get_external_changes', 'get_build_status',
  'get_project_state', 'get_peer_sessions', 'search_history', 'get_usage',
];
// What cannot be asked without an argument.
const ARGUMENTS = { search_history: { query: 'test' } };
const BAD_ARGUMENTS = {
  get_usage: { period: 'yesterday' },
  get_session_state: { verbos: true },
  get_peer_sessions: { agent_source: 'nobody' },
};

const fail = (message) => { console.error(`typescript_sdk: ${message}`); process.exit(1); };
const skip = (why) => { console.log(`skipped: ${why}`); process.exit(0); };
const check = (held, message) => { if (!held) throw new Error(message); };

const binary = resolve(process.argv[2] ?? process.env.TMA1_BIN ?? '');
const data = process.argv[3] ?? process.env.TMA1_DATA_DIR ?? fail('no data directory; give it as the second argument');
try {
  accessSync(binary, constants.X_OK);
} catch {
  fail(`no tma1 binary at "${binary}"; give its path as the first argument`);
}
if (Number(process.versions.node.split('.')[0]) < 20) skip('the SDK needs Node 20');

const kept = process.env.TMA1_CLIENTS_CACHE;
const cache = kept ? join(kept, 'typescript') : mkdtempSync(join(tmpdir(), 'tma1-clients-'));
process.on('exit', () => { if (!kept) rmSync(cache, { recursive: true, force: true }); });
mkdirSync(cache, { recursive: true });
if (!existsSync(join(cache, 'node_modules/@modelcontextprotocol/client'))) {
  try {
    execFileSync('npm', ['install', '--loglevel=error', '--no-fund', '--no-audit', '--prefix', cache, ...PACKAGES], { stdio: 'pipe' });
  } catch (error) {
    skip(`cannot install ${PACKAGES.join(' ')}: ${String(error.stderr ?? error).trim().split('\n')[0]}`);
  }
}
const require = createRequire(join(cache, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const server = { command: binary, args: ['mcp'], env: { ...process.env, TMA1_DATA_DIR: resolve(data) }, stderr: 'inherit' };
const who = { name: 'typescript-sdk', version: '1' };

async function refused(call, codes, what) {
  try {
    const answer = await call();
    throw new Error(`${what}: answered ${JSON.stringify(answer)}`);
  } catch (error) {
    check(codes.includes(error.code), `${what}: ${error.code ?? ''} ${error.message}`);
  }
}

// The client itself validates structured content against the output schemas that it has listed.
async function converse(client) {
  check(client.getServerVersion().name === 'tma1', `is called ${client.getServerVersion().name}`);
  check(Buffer.byteLength(client.getInstructions()) <= 2048, 'instructions are longer than 2 KB');
  const { tools } = await client.listTools();
  check(tools.map((tool) => tool.name).join() === TOOLS.join(), `tools are ${tools.map((tool) => tool.name)}`);
  for (const tool of tools) {
    const answer = await client.callTool({ name: tool.name, arguments: ARGUMENTS[tool.name] ?? {} });
    check(!answer.isError, `${tool.name}: ${JSON.stringify(answer.content)}`);
    check(answer.structuredContent && answer.content[0].text, `${tool.name}: ${JSON.stringify(answer)}`);
  }
  for (const [name, bad] of Object.entries(BAD_ARGUMENTS)) {
    const answer = await client.callTool({ name, arguments: bad });
    const named = answer.content[0].text.includes(Object.keys(bad)[0]);
    check(answer.isError && named, `${name} ${JSON.stringify(bad)}: ${JSON.stringify(answer)}`);
  }
  await refused(() => client.callTool({ name: 'no_such_tool', arguments: {} }), [-32602], 'an unknown tool');
  const { prompts } = await client.listPrompts();
  check(prompts.map((prompt) => prompt.name).join() === 'peer,catch_up', `prompts are ${JSON.stringify(prompts)}`);
  for (const [name, given] of [['peer', { agent: 'codex', count: '2' }], ['catch_up', {}]]) {
    const { messages } = await client.getPrompt({ name, arguments: given });
    check(messages[0].content.text.includes('<tma1-data>'), `prompt ${name}: ${JSON.stringify(messages)}`);
  }
  const { resources } = await client.listResources();
  check(resources.map((resource) => resource.uri).join() === 'tma1://project/context', JSON.stringify(resources));
  const { contents } = await client.readResource({ uri: 'tma1://project/context' });
  check(contents[0].mimeType === 'application/json' && JSON.parse(contents[0].text), JSON.stringify(contents));
  await refused(() => client.readResource({ uri: 'tma1://no/such' }), [-32002, -32602], 'an unknown resource');
  const { resourceTemplates } = await client.listResourceTemplates();
  check(resourceTemplates[0].uriTemplate === 'tma1://session/{id}', JSON.stringify(resourceTemplates));
  const menu = { ref: { type: 'ref/prompt', name: 'peer' }, argument: { name: 'agent', value: 'co' } };
  const { completion } = await client.complete(menu);
  check(completion.values.includes('codex'), `agents complete to ${completion.values}`);
  await Promise.all(Array.from({ length: 20 }, () => client.callTool({ name: 'get_project_state', arguments: {} })));
}

async function run(name, connect) {
  try {
    const client = await connect();
    await converse(client);
    await client.close();
    console.log(`typescript_sdk: ${name} passed`);
  } catch (error) {
    fail(`${name}: ${error.message ?? error}`);
  }
}

await run('sdk 1.x, handshake', async () => {
  const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport } = await load('@modelcontextprotocol/sdk/client/stdio.js');
  const client = new Client(who);
  await client.connect(new StdioClientTransport(server));
  return client;
});
for (const mode of ['legacy', 'auto', { pin: '2026-07-28' }]) {
  await run(`client 2.x, ${mode.pin ?? mode}`, async () => {
    const { Client } = await load('@modelcontextprotocol/client');
    const { StdioClientTransport } = await load('@modelcontextprotocol/client/stdio');
    const client = new Client(who, { versionNegotiation: { mode } });
    await client.connect(new StdioClientTransport(server));
    const modern = client.getNegotiatedProtocolVersion() === '2026-07-28';
    check(modern === (mode !== 'legacy'), `speaks ${client.getNegotiatedProtocolVersion()}`);
    return client;
  });
}
