/** For the tests of http: a session on port 8000, and plain messages. */

import { http } from '../../lib/protocols/http/analyzer.js';
import { TestSession } from './session.js';

export type Options = Record<string, unknown>;

export const session = (options: Options = {}) => new TestSession(http, options, { serverPort: 8000 });

/** The events of one request and response. */
export const events = (request: string, response: string, options: Options = {}) =>
  session(options).client(request).server(response).end().events();

export const get = (target: string, headers = 'Host: a.example:8000\r\n') =>
  `GET ${target} HTTP/1.1\r\n${headers}\r\n`;

export const ok = (body = '', headers = '') =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
