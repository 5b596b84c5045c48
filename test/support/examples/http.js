export const example = {
  packets: [
    ['client', 'GET /orders/17?full=1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8.5.0\r\n\r\n'],
    [
      'server',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"order": 17}',
    ],
  ],
};
