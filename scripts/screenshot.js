/** Draws docs/terminal.svg: what `pbfast read` shows of the demo on a terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture } from '../dist/app/capture.js';
import { defaultRequest } from '../dist/app/settings.js';
import { buildDemo } from '../dist/demo/demo.js';
import { formatLine } from '../dist/outputs/console/line.js';

const ROWS = 24;
const COLUMNS = 140;
const CELL = { width: 7.8, height: 18 };
const FILL = { 2: '#8b949e', 31: '#ff7b72', 32: '#7ee787', 36: '#79c0ff' };

const escapeXml = (text) => text.replace(/[<>&]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[c]);

/** One line with ANSI colours as SVG text. */
function drawLine(line, row) {
  let column = 0;
  let fill = '#e6edf3';
  const spans = [];
  for (const part of line.split('\x1b[')) {
    const [, code, text] = /^(?:(\d+)m)?([\s\S]*)$/.exec(part);
    if (code !== undefined) fill = FILL[code] ?? '#e6edf3';
    const shown = text.slice(0, Math.max(0, COLUMNS - column));
    if (shown)
      spans.push(`<tspan x="${12 + column * CELL.width}" fill="${fill}">${escapeXml(shown)}</tspan>`);
    column += shown.length;
  }
  return `<text y="${58 + row * CELL.height}" xml:space="preserve">${spans.join('')}</text>`;
}

const folder = mkdtempSync(join(tmpdir(), 'pbfast-'));
const file = join(folder, 'demo.pcap');
writeFileSync(file, buildDemo());
const capture = await Capture.start(
  { ...defaultRequest(), source: { files: [file] }, flows: null, name: 'demo' },
  {},
);
const lines = [];
for await (const batch of capture.batches()) lines.push(...batch.map((event) => formatLine(event, true)));
rmSync(folder, { recursive: true });

const shown = ['$ pbfast read demo.pcap --no-flows', ...lines.slice(0, ROWS)];
const [width, height] = [24 + COLUMNS * CELL.width, 70 + shown.length * CELL.height];
const dots = ['#ff5f57', '#febc2e', '#28c840']
  .map((c, i) => `<circle cx="${20 + i * 20}" cy="18" r="6" fill="${c}"/>`)
  .join('');
writeFileSync(
  new URL('../docs/terminal.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">` +
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>${dots}${shown.map(drawLine).join('')}</svg>\n`,
);
