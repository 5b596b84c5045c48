import { declare } from '../../events/fields.js';

export const fields = declare({
  'http.request.body.bytes': { type: 'long', about: 'Size of the request body, without the framing.' },
  'http.request.body.content': {
    type: 'wildcard',
    about: 'The request body, with include_request_body_for.',
  },
  'http.request.bytes': { type: 'long', about: 'Size of the request on the wire: head, body, framing.' },
  'http.request.headers': { type: 'flattened', about: 'Request headers by lower-case name.' },
  'http.request.method': { type: 'keyword', about: 'The method as it was sent.' },
  'http.request.referrer': { type: 'keyword', about: 'Value of the Referer header.' },
  'http.response.body.bytes': { type: 'long', about: 'Size of the response body, without the framing.' },
  'http.response.body.content': {
    type: 'wildcard',
    about: 'The response body, with include_response_body_for.',
  },
  'http.response.bytes': { type: 'long', about: 'Size of the response on the wire: head, body, framing.' },
  'http.response.headers': { type: 'flattened', about: 'Response headers by lower-case name.' },
  'http.response.status_code': { type: 'long', about: 'Status code.' },
  'http.response.status_phrase': { type: 'keyword', about: 'Reason phrase, in lower case.' },
  'http.version': { type: 'keyword', about: '1.0 or 1.1, of the request.' },
  'network.forwarded_ip': { type: 'ip', about: 'First address of the header that real_ip_header names.' },
  'url.domain': { type: 'keyword', about: 'Host name or address of the URL.' },
  'url.extension': { type: 'keyword', about: 'File name extension of the path, without the dot.' },
  'url.full': { type: 'wildcard', about: 'The whole URL, from Host and request target (RFC 9110 7.1).' },
  'url.path': { type: 'wildcard', about: 'The path, %-escapes decoded.' },
  'url.port': { type: 'long', about: 'Port of the URL; left out when it is 80.' },
  'url.query': { type: 'keyword', about: 'The query as on the request line, without the question mark.' },
  'url.scheme': { type: 'keyword', about: 'http.' },
  'user_agent.original': { type: 'keyword', about: 'Value of the User-Agent header.' },
});
