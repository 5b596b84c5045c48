export const example = {
  packets: [
    ['client', 'abcdefgh'],
    ['server', 'abcdefgh'],
  ],
};
