/** An event as one readable line: time, protocol, ends, what, outcome, duration, bytes. */

/** What is read of an event; all optional. */
interface Shown {
  readonly '@timestamp'?: string;
  readonly type?: string;
  readonly status?: string;
  readonly method?: string;
  readonly query?: string;
  readonly source?: { ip?: string; port?: number; mac?: string; bytes?: number; packets?: number };
  readonly destination?: { ip?: string; port?: number; mac?: string; bytes?: number; packets?: number };
  readonly event?: { duration?: number };
  readonly http?: { response?: { status_code?: number } };
  readonly dns?: { response_code?: string; answers?: readonly { data?: unknown }[] };
  readonly redis?: { error?: string; return_value?: string };
  readonly icmp?: { request?: { message?: string }; response?: { message?: string } };
  readonly network?: { bytes?: number; packets?: number; transport?: string };
  readonly error?: { message?: string | readonly string[] };
}

const COLOURS = {
  dim: '\x1b[2m',
  red: '\x1b[31m',
  green: '\x1b[32m',
  cyan: '\x1b[36m',
  off: '\x1b[0m',
} as const;

/** LIMIT of characters of a text. */
const MAX_SHOWN = 120;

export function formatLine(event: Shown, colours: boolean): string {
  const paint = (colour: keyof typeof COLOURS, text: string) =>
    colours && text ? `${COLOURS[colour]}${text}${COLOURS.off}` : text;
  const failed = event.status !== undefined && event.status !== 'OK';
  const parts = [
    paint('dim', event['@timestamp']?.slice(11, 23) ?? ''),
    paint('cyan', (event.type ?? '').padEnd(6)),
    ends(event).padEnd(44),
    paint(failed ? 'red' : 'green', outcome(event).padEnd(9)),
    duration(event.event?.duration).padStart(9),
    paint('dim', size(event.network?.bytes).padStart(8)),
    what(event),
  ];
  return parts.join(' ').trimEnd();
}

function ends({ source, destination }: Shown): string {
  return `${end(source)} → ${end(destination)}`;
}

function end(of: Shown['source']): string {
  if (!of?.ip) return of?.mac ?? '?';
  if (of.port === undefined) return of.ip;
  return of.ip.includes(':') ? `[${of.ip}]:${of.port}` : `${of.ip}:${of.port}`;
}

function outcome({ type, status, http, dns, network }: Shown): string {
  if (type === 'flow') return network?.transport ?? '';
  return String(http?.response?.status_code ?? dns?.response_code ?? status ?? '');
}

function what(event: Shown): string {
  const { type, query, method, icmp, redis, dns, network, error } = event;
  if (type === 'flow') return `${network?.packets ?? 0} packets`;
  if (icmp) return clean(icmp.request?.message ?? icmp.response?.message ?? '');
  const answer = redis?.error ?? dns?.answers?.map((a) => String(a.data ?? '')).join(', ');
  const note = typeof error?.message === 'string' ? error.message : error?.message?.[0];
  const tail = answer || note;
  return clean(`${query ?? method ?? ''}${tail ? ` → ${tail}` : ''}`);
}

/** The wire must not steer the terminal; long texts end. */
function clean(text: string): string {
  let out = '';
  let shown = 0;
  for (const c of text) {
    if (shown++ === MAX_SHOWN) return `${out}…`;
    out += c < ' ' || (c >= '\x7f' && c <= '\x9f') ? '·' : c;
  }
  return out;
}

function duration(nanos: number | undefined): string {
  if (nanos === undefined) return '';
  if (nanos < 1e6) return `${(nanos / 1e3).toFixed(0)} µs`;
  return nanos < 1e9 ? `${(nanos / 1e6).toFixed(1)} ms` : `${(nanos / 1e9).toFixed(1)} s`;
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
