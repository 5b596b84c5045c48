/** What `npm start` runs: live events of the default device; without the right to capture, a generated demo. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDevice } from '../app/default-device.js';
import { demoImage, findOutput } from '../app/lists.js';
import { run } from '../app/run.js';
import { defaultRequest } from '../app/settings.js';
import { log } from '../base/log.js';

export async function start(): Promise<number> {
  const request = defaultRequest();
  const output = { definition: findOutput('console'), options: {} };
  const device = defaultDevice();
  try {
    return await run({ request: { ...request, source: { device } }, output, quiet: false });
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    log.info(`${message}; showing a generated demo instead${hint ? `. To capture: ${hint}` : ''}`);
    return demo(request, output);
  }
}

async function demo(
  request: ReturnType<typeof defaultRequest>,
  output: Parameters<typeof run>[0]['output'],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-demo-'));
  const file = join(folder, 'demo.pcap');
  try {
    writeFileSync(file, demoImage());
    return await run({
      request: { ...request, source: { files: [file], realtime: true } },
      output,
      quiet: false,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
