const message = (...lines) => `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`;
const dialog = [
  'Via: SIP/2.0/UDP pc.example:5060;branch=z9hG4bK1',
  'From: "Alice" <sip:alice@a.example>;tag=fa',
  'To: <sip:bob@b.example>;tag=tb',
  'Call-ID: call1@pc.example',
  'CSeq: 1 OPTIONS',
];

export const example = {
  transport: 'udp',
  packets: [
    ['client', message('OPTIONS sip:bob@b.example SIP/2.0', ...dialog)],
    ['server', message('SIP/2.0 200 OK', ...dialog, 'User-Agent: phone/1.0')],
  ],
};
