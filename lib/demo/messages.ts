/** Messages of generated traffic: HTTP/1.1 and RESP2, as Latin-1 text. DNS is in dns.ts. */

export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly agent: string;
  /** Further header lines, each with its line end. */
  readonly headers?: string;
  readonly body?: string;
}

export function httpRequest({ method, target, host, agent, headers = '', body = '' }: HttpRequest): string {
  const length = body ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : '';
  return (
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\n` +
    `Accept: text/html,application/json;q=0.9,*/*;q=0.8\r\nConnection: keep-alive\r\n${headers}${length}\r\n${body}`
  );
}

export interface HttpResponse {
  readonly status: number;
  readonly type: string;
  readonly headers?: string;
  readonly body?: string;
}

const PHRASES: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  304: 'Not Modified',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Statuses that never have a body. RFC 9112 6.3. */
const hasBody = (status: number): boolean => status !== 204 && status !== 304;

export function httpResponse({ status, type, headers = '', body = '' }: HttpResponse): string {
  const start = `${statusLine(status)}${headers}`;
  if (!hasBody(status)) return `${start}\r\n`;
  return `${start}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** The same in chunks of `size`. */
export function httpChunked({ status, type, headers = '', body = '' }: HttpResponse, size: number): string {
  let chunks = '';
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    chunks += `${piece.length.toString(16)}\r\n${piece}\r\n`;
  }
  return `${statusLine(status)}${headers}Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
}

const statusLine = (status: number): string =>
  `HTTP/1.1 ${status} ${PHRASES[status] ?? 'Unknown'}\r\nServer: demo/1.0\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n`;

export function redisCommand(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(redisBulk).join('')}`;
}

export const redisBulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
