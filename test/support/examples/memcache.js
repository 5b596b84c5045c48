export const example = {
  packets: [
    ['client', 'set user:7 0 60 5\r\nalice\r\n'],
    ['server', 'STORED\r\n'],
  ],
};
