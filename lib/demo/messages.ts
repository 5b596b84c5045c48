/** Application messages of generated traffic. */

export interface HttpExchange {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly status: number;
  readonly phrase: string;
  readonly contentType: string;
  readonly body: string;
}

export function httpRequest({ method, target, host }: HttpExchange, body = ''): string {
  const length = body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : '';
  return (
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) demo/1.0\r\n` +
    `Accept: text/html,application/json;q=0.9,*/*;q=0.8\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n${length}\r\n${body}`
  );
}

export function httpResponse({ status, phrase, contentType, body }: HttpExchange): string {
  return (
    `HTTP/1.1 ${status} ${phrase}\r\nServer: demo\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: ${contentType}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: keep-alive\r\n\r\n${body}`
  );
}

/** The same body in chunks of `size`. */
export function httpChunked({ status, phrase, contentType, body }: HttpExchange, size: number): string {
  let chunks = '';
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    chunks += `${piece.length.toString(16)}\r\n${piece}\r\n`;
  }
  return `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
}

export function redisCommand(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

export const DNS_TYPE = { a: 1, aaaa: 28 } as const;

/** A query for one name. */
export function dnsQuery(id: number, name: string, type: number): Buffer {
  const header = Buffer.from([id >> 8, id & 255, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, question(name, type)]);
}

/** Its answer with these addresses; `code` other than 0 is an error. */
export function dnsAnswer(id: number, name: string, type: number, addresses: readonly (readonly number[])[], code = 0): Buffer {
  const header = Buffer.from([id >> 8, id & 255, 0x81, 0x80 | code, 0, 1, 0, addresses.length, 0, 0, 0, 0]);
  const records = addresses.map((address) =>
    // RFC 1035 4.1.4: C00C points to the name in the question.
    Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 1, 0x2c, 0, address.length, ...address]),
  );
  return Buffer.concat([header, question(name, type), ...records]);
}

function question(name: string, type: number): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0, 0, type, 0, 1])]);
}
