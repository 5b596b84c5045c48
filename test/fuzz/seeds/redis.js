/** REDIS messages that the fuzzer starts from. */
export const seeds = [
  '*3\r\n$3\r\nset\r\n$4\r\nkey3\r\n$2\r\nme\r\n',
  '+OK\r\n',
  '$-1\r\n',
  '*2\r\n$1\r\na\r\n:2\r\n',
  '%1\r\n+a\r\n:1\r\n',
  '>2\r\n+message\r\n+x\r\n',
  'PING\r\n',
  '-ERR x\r\n',
];
