export const example = {
  packets: [
    ['client', '*3\r\n$3\r\nSET\r\n$8\r\nuser:100\r\n$5\r\nalice\r\n'],
    ['server', '+OK\r\n'],
  ],
};
