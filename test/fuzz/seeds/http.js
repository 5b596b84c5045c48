/** HTTP messages that the fuzzer starts from. */
export const seeds = [
  'GET /a?b=c HTTP/1.1\r\nHost: x.y:81\r\nUser-Agent: t\r\nCookie: a=b; c=d\r\n\r\n',
  'POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=b&c',
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil close',
  'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n',
];
