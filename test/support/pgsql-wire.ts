/** Messages of PostgreSQL's protocol, version 3, for tests. All text is latin-1, one character a byte. */
export const u16 = (n: number): string => String.fromCharCode((n >> 8) & 255, n & 255);
export const u32 = (n: number): string => u16(n >>> 16) + u16(n);
const message = (type: string, body: string): string => type + u32(body.length + 4) + body;
const z = (text: string): string => `${text}\0`;

// ---- the client

export const startup = (...parameters: string[]): string => {
  const body = `${u32(0x30000)}${parameters.map(z).join('')}\0`;
  return u32(body.length + 4) + body;
};
export const sslRequest = u32(8) + u32(80877103);
export const gssRequest = u32(8) + u32(80877104);
export const cancelRequest = u32(16) + u32(80877102) + u32(7) + u32(0x5ec4e7);
export const query = (sql: string): string => message('Q', z(sql));
export const parse = (sql: string, name = '', types: number[] = []): string =>
  message('P', z(name) + z(sql) + u16(types.length) + types.map(u32).join(''));

export interface Bound {
  readonly name?: string;
  readonly portal?: string;
  readonly values?: readonly (string | null)[];
  readonly formats?: readonly number[];
  readonly results?: readonly number[];
}
const list = (codes: readonly number[]): string => u16(codes.length) + codes.map(u16).join('');
const value = (text: string | null): string => (text === null ? u32(-1) : u32(text.length) + text);
export const bind = ({
  name = '',
  portal = '',
  values = [],
  formats = [],
  results = [],
}: Bound = {}): string =>
  message(
    'B',
    z(portal) + z(name) + list(formats) + u16(values.length) + values.map(value).join('') + list(results),
  );
export const describePortal = message('D', 'P\0');
export const describeStatement = (name = ''): string => message('D', `S${z(name)}`);
export const execute = (portal = '', rows = 0): string => message('E', z(portal) + u32(rows));
export const closeStatement = (name: string): string => message('C', `S${z(name)}`);
export const sync = message('S', '');
export const flush = message('H', '');
export const terminate = message('X', '');
export const password = (text: string): string => message('p', text);
export const functionCall = (oid: number): string => message('F', u32(oid) + u16(0) + u16(0) + u16(0));
export const copyData = (data: string): string => message('d', data);
export const copyDone = message('c', '');
export const copyFail = (reason: string): string => message('f', z(reason));

// ---- the server

export const authentication = (code: number, rest = ''): string => message('R', u32(code) + rest);
export const parameterStatus = (name: string, text: string): string => message('S', z(name) + z(text));
export const keyData = message('K', u32(42) + u32(4711));
export const ready = (status = 'I'): string => message('Z', status);
export interface Column {
  readonly name: string;
  readonly type?: number;
  readonly format?: number;
}
export const rowDescription = (...columns: Column[]): string =>
  message(
    'T',
    u16(columns.length) +
      columns
        .map(
          ({ name, type = 25, format = 0 }) =>
            z(name) + u32(0) + u16(0) + u32(type) + u16(-1) + u32(-1) + u16(format),
        )
        .join(''),
  );
export const dataRow = (...values: (string | null)[]): string =>
  message('D', u16(values.length) + values.map(value).join(''));
export const complete = (tag: string): string => message('C', z(tag));
export const emptyQuery = message('I', '');
export const parsed = message('1', '');
export const bound = message('2', '');
export const closed = message('3', '');
export const noData = message('n', '');
export const suspended = message('s', '');
export const parameterTypes = (...types: number[]): string =>
  message('t', u16(types.length) + types.map(u32).join(''));
export const error = (code: string, text: string, severity = 'ERROR'): string =>
  message('E', `S${z(severity)}V${z(severity)}C${z(code)}M${z(text)}\0`);
export const notice = (text: string): string => message('N', `SNOTICE\0C00000\0M${z(text)}\0`);
export const notification = (channel: string, payload: string): string =>
  message('A', u32(42) + z(channel) + z(payload));
export const copyIn = message('G', `\0${u16(1)}${u16(0)}`);
export const copyOut = message('H', `\0${u16(1)}${u16(0)}`);
export const copyBoth = message('W', `\0${u16(0)}`);
export const functionResponse = (text: string): string => message('V', value(text));
export const welcome = (status = 'I'): string =>
  authentication(0) + parameterStatus('server_version', '15.3') + keyData + ready(status);
