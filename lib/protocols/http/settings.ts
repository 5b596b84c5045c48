/** The options of http, and what is made of them once a worker. */
import { duration, flag, integer, type OptionsOf, strings, text } from '../../base/options.js';

export const options = {
  send_request: flag(false, 'Put the head of the request (and its body, where included) into `request`.'),
  send_response: flag(false, 'Put the head of the response (and its body, where included) into `response`.'),
  transaction_timeout: duration(10, 'How long a request waits for its response.'),
  hide_keywords: strings(
    [],
    'Parameters whose values become xxxxx, in queries and form bodies, wherever they appear.',
  ),
  send_headers: strings([], 'Headers to report.'),
  send_all_headers: flag(false, 'Report all headers.'),
  redact_headers: strings([], 'Headers whose values become REDACTED.'),
  redact_authorization: flag(false, 'Mask Authorization and Proxy-Authorization, leave user.name out.'),
  include_body_for: strings([], 'Report bodies whose content type contains one of these.'),
  include_request_body_for: strings([], 'The same, for requests only.'),
  include_response_body_for: strings([], 'The same, for responses only.'),
  decode_body: flag(true, 'Decode gzip, deflate and br bodies that are reported.'),
  split_cookie: flag(false, 'Report Cookie and Set-Cookie as objects, a field a cookie.'),
  real_ip_header: text('', 'Header whose first address becomes network.forwarded_ip.'),
  max_message_size: integer(10_485_760, 'Bytes of a body that are kept; all are counted.', { min: 0 }),
};

const lower = (list: readonly string[]): string[] => list.map((entry) => entry.toLowerCase());

export class Settings {
  readonly raw: { readonly request: boolean; readonly response: boolean };
  readonly timeoutSeconds: number;
  /** Parameter names to mask, lower case; null: none. */
  readonly keywords: ReadonlySet<string> | null;
  readonly allHeaders: boolean;
  readonly headers: ReadonlySet<string>;
  readonly redacted: ReadonlySet<string>;
  readonly redactAuthorization: boolean;
  readonly requestBodies: readonly string[];
  readonly responseBodies: readonly string[];
  readonly decodeBody: boolean;
  readonly splitCookie: boolean;
  /** Lower case, with a colon; null: none. */
  readonly realIpHeader: Uint8Array | null;
  readonly maxMessageSize: number;

  constructor(o: OptionsOf<typeof options>) {
    this.raw = { request: o.send_request, response: o.send_response };
    this.timeoutSeconds = o.transaction_timeout;
    this.keywords = o.hide_keywords.length > 0 ? new Set(lower(o.hide_keywords)) : null;
    this.allHeaders = o.send_all_headers;
    this.headers = new Set(lower(o.send_headers));
    this.redacted = new Set(lower(o.redact_headers));
    this.redactAuthorization = o.redact_authorization;
    this.requestBodies = lower([...o.include_body_for, ...o.include_request_body_for]);
    this.responseBodies = lower([...o.include_body_for, ...o.include_response_body_for]);
    this.decodeBody = o.decode_body;
    this.splitCookie = o.split_cookie;
    this.realIpHeader = o.real_ip_header ? Buffer.from(`${o.real_ip_header.toLowerCase()}:`, 'latin1') : null;
    this.maxMessageSize = o.max_message_size;
  }

  /** More than content-length and content-type is reported. */
  get sendsHeaders(): boolean {
    return this.allHeaders || this.headers.size > 0;
  }

  /** Raw heads need a masked copy. */
  get redacts(): boolean {
    return this.redactAuthorization || this.redacted.size > 0;
  }
}
