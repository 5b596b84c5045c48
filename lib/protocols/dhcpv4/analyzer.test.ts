import { describe, expect, it } from 'vitest';
import { message, option, type Parts } from '../../../test/support/dhcp-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { dhcpv4 } from './analyzer.js';

const NONE = { type: 'dhcpv4', status: 'OK' };

function events(...messages: Uint8Array[]) {
  const t = new TestSession(dhcpv4);
  for (const one of messages) t.client(one);
  return t.events();
}

/** The event of a message with these parts, without what every event has. */
function event(parts: Parts) {
  return events(message(parts))[0]!;
}

const options = (...list: Uint8Array[]) => event({ options: list });

describe('one message', () => {
  it('has the header, sizes and times', () => {
    expect(events(message({ options: [option(53, [1])] }))).toEqual([
      {
        ...NONE,
        start: 1_000_000,
        'source.bytes': 244,
        'dhcpv4.op_code': 'bootrequest',
        'dhcpv4.hardware_type': 'Ethernet',
        'dhcpv4.hops': 0,
        'dhcpv4.transaction_id': '0x00003d1d',
        'dhcpv4.seconds': 0,
        'dhcpv4.flags': 'unicast',
        'dhcpv4.client_mac': '00-0B-82-01-FC-42',
        'dhcpv4.option.message_type': 'discover',
      },
    ]);
  });

  it('has addresses that are set, and names', () => {
    const got = event({
      operation: 2,
      hops: 2,
      seconds: 0x1234,
      flags: 0x8000,
      client: [1, 0, 0, 1],
      assigned: [1, 0, 0, 2],
      server: [1, 0, 0, 3],
      relay: [1, 0, 0, 4],
      serverName: 'boot.example',
      file: 'x'.repeat(128),
    });
    expect(got).toMatchObject({
      'dhcpv4.op_code': 'bootreply',
      'dhcpv4.hops': 2,
      'dhcpv4.seconds': 0x1234,
      'dhcpv4.flags': 'broadcast',
      'dhcpv4.client_ip': '1.0.0.1',
      'dhcpv4.assigned_ip': '1.0.0.2',
      'dhcpv4.server_ip': '1.0.0.3',
      'dhcpv4.relay_ip': '1.0.0.4',
      'dhcpv4.server_name': 'boot.example',
      'dhcpv4.boot_file_name': 'x'.repeat(128),
      'related.ip': ['1.0.0.1', '1.0.0.2', '1.0.0.4'],
    });
  });

  it('names an address once among the related', () => {
    const all = [1, 0, 0, 1];
    expect(event({ client: all, assigned: all, relay: all })['related.ip']).toEqual(['1.0.0.1']);
  });

  it.each([
    [{ hardwareType: 32, hardwareSize: 0 }, 'Infiniband', undefined],
    [{ hardwareType: 6, hardwareSize: 1 }, 'IEEE 802', '00'],
    [{ hardwareType: 200, hardwareSize: 255 }, 'Invalid', `00-0B-82-01-FC-42${'-00'.repeat(10)}`],
  ])('knows the hardware of %j', (parts, type, mac) => {
    const got = event(parts);
    expect(got['dhcpv4.hardware_type']).toBe(type);
    expect(got['dhcpv4.client_mac']).toBe(mac);
  });

  it('comes from the server as well', () => {
    const t = new TestSession(dhcpv4);
    t.client(message({ options: [option(53, [3])] }));
    t.server(message({ operation: 2, options: [option(53, [6]), option(56, 'wrong network')] }));
    expect(t.events()).toMatchObject([
      { 'dhcpv4.option.message_type': 'request' },
      { 'dhcpv4.option.message_type': 'nak', 'dhcpv4.option.message': 'wrong network', swapped: true },
    ]);
  });
});

describe('options', () => {
  const field = (name: string) => `dhcpv4.option.${name}`;

  it.each([
    [1, [255, 255, 0, 0], 'subnet_mask', '255.255.0.0'],
    [2, [255, 255, 0xf1, 0xf0], 'utc_time_offset_sec', -3600],
    [3, [1, 1, 1, 1, 2, 2, 2, 2], 'router', ['1.1.1.1', '2.2.2.2']],
    [3, [1, 1, 1, 1], 'router', '1.1.1.1'],
    [4, [1, 1, 1, 1], 'time_servers', ['1.1.1.1']],
    [6, [8, 8, 8, 8, 8, 8, 4, 4], 'dns_servers', ['8.8.8.8', '8.8.4.4']],
    [12, 'host\0', 'hostname', 'host'],
    [15, 'example.test', 'domain_name', 'example.test'],
    [28, [1, 2, 3, 255], 'broadcast_address', '1.2.3.255'],
    [42, [4, 4, 4, 4], 'ntp_servers', ['4.4.4.4']],
    [50, [0, 0, 0, 0], 'requested_ip_address', '0.0.0.0'],
    [51, [255, 255, 255, 255], 'ip_address_lease_time_sec', 4294967295],
    [51, [0, 0, 0, 0], 'ip_address_lease_time_sec', undefined],
    [53, [8], 'message_type', 'inform'],
    [53, [10], 'message_type', 'leasequery'],
    [53, [99], 'message_type', 'unknown (99)'],
    [54, [7, 7, 7, 7], 'server_identifier', '7.7.7.7'],
    [
      55,
      [1, 42, 77, 96],
      'parameter_request_list',
      ['Subnet Mask', 'NTP Servers', 'User Class Information', 'Unknown (96)'],
    ],
    [57, [5, 0xdc], 'max_dhcp_message_size', 1500],
    [58, [0, 0, 7, 8], 'renewal_time_sec', 1800],
    [59, [0, 0, 0x0c, 0x4e], 'rebinding_time_sec', 3150],
    [60, 'MSFT 5.0', 'class_identifier', 'MSFT 5.0'],
    [61, [1, 0, 0x0b, 0x82, 1, 0xfc, 0x42], 'client_identifier', '01000b8201fc42'],
    [66, 'tftp.test', 'tftp_server_name', 'tftp.test'],
    [67, 'boot.img', 'boot_file_name', 'boot.img'],
    [81, '\0\0\0pc.example.test', 'fqdn', 'pc.example.test'],
    [81, '\x05\0\0\x02pc\x07example\x04test\0', 'fqdn', 'pc.example.test'],
    [81, '\x04\0\0\x02pc', 'fqdn', 'pc'],
    [
      124,
      [0, 0, 0, 12, 6, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0, 9, 1, 7],
      'vendor_identifying_options',
      [
        { id: 12, data: 'deadbeef0000' },
        { id: 9, data: '07' },
      ],
    ],
  ])('reads option %i of %j', (code, data, name, value) => {
    expect(options(option(code, data as string | number[]))[field(name)]).toEqual(value);
  });

  it('reads what relays add', () => {
    const got = options(
      option(82, [
        ...option(1, 'eth0/1:100'),
        ...option(2, [0, 6, 1, 2]),
        ...option(5, [10, 0, 0, 0]),
        ...option(6, 'customer 7'),
        ...option(11, [10, 0, 0, 1]),
        ...option(151, 'vrf'),
        ...option(1, 'second'),
      ]),
    );
    expect(got).toMatchObject({
      [field('relay_agent.circuit_id')]: 'eth0/1:100',
      [field('relay_agent.remote_id')]: '00060102',
      [field('relay_agent.link_selection')]: '10.0.0.0',
      [field('relay_agent.subscriber_id')]: 'customer 7',
      [field('relay_agent.server_identifier')]: '10.0.0.1',
    });
  });

  it('joins an option in several parts, also beyond 255 bytes', () => {
    const got = options(
      option(12, 'a'.repeat(255)),
      option(6, [1, 1]),
      option(12, 'b'.repeat(45)),
      option(6, [1, 1, 2, 2, 2, 2]),
    );
    expect(got[field('hostname')]).toBe('a'.repeat(255) + 'b'.repeat(45));
    expect(got[field('dns_servers')]).toEqual(['1.1.1.1', '2.2.2.2']);
  });

  it('reads options in the fields of file and server name, parts of one in all three', () => {
    const end = [255];
    const got = event({
      options: [option(52, [3]), option(15, 'one.'), option(53, [2]), option(53, [5])],
      file: Buffer.concat([option(15, 'two.'), Buffer.from(end)]),
      serverName: Buffer.concat([option(12, 'pc'), option(15, 'three'), Buffer.from(end)]),
    });
    expect(got).toMatchObject({
      [field('hostname')]: 'pc',
      [field('domain_name')]: 'one.two.three',
      [field('message_type')]: 'offer',
    });
    expect(got).not.toHaveProperty('dhcpv4.server_name');
    expect(got).not.toHaveProperty('dhcpv4.boot_file_name');
  });

  it('reads one overloaded field and the name in the other', () => {
    const got = event({
      options: [option(52, [1])],
      file: Buffer.concat([option(12, 'pc'), Buffer.from([255])]),
      serverName: 'boot.test',
    });
    expect(got).toMatchObject({ [field('hostname')]: 'pc', 'dhcpv4.server_name': 'boot.test' });
  });

  it('is not confused by padding and what stands behind the end', () => {
    const got = event({ options: [Uint8Array.of(0, 0), option(12, 'pc')], end: [0, 255, 12, 2, 88, 88] });
    expect(got[field('hostname')]).toBe('pc');
  });
});

describe('hostile input', () => {
  const whole = message({
    operation: 2,
    options: [
      option(53, [2]),
      option(55, [1, 2, 3]),
      option(124, [0, 0, 0, 12, 2, 1, 2]),
      option(81, '\x04\0\0\x02pc\0'),
      option(82, [1, 2, 65, 66]),
      option(12, 'pc'),
    ],
  });

  it('is an event with a note when options are cut, and none when the header is', () => {
    for (let size = 0; size < whole.length; size++) {
      const t = new TestSession(dhcpv4);
      t.client(whole.subarray(0, size));
      const [got] = t.events();
      const counters = t.counters.snapshot();
      expect(counters).toMatchObject({
        'dhcpv4.total_packets': 1,
        'dhcpv4.parse_failures': size < 240 ? 1 : 0,
      });
      if (size < 240) expect(got).toBeUndefined();
      else if (got!.status === 'OK') expect(counters['dhcpv4.options.cut']).toBe(0);
      else expect(got).toMatchObject({ status: 'Error', 'error.message': 'Options end early' });
      expect(t.rows.open).toBe(0);
    }
  });

  it('refuses what lacks the mark of options', () => {
    const bad = message();
    bad[236] = 0;
    expect(events(bad)).toEqual([]);
  });

  it('leaves out and counts options of a size that makes no sense, and goes on', () => {
    const t = new TestSession(dhcpv4);
    const wrong = [
      option(1, [1, 2, 3]),
      option(53, []),
      option(6, [1, 2, 3, 4, 5]),
      option(61, [1]),
      option(57, [1]),
      option(81, [0, 0]),
      option(124, [0, 0, 0, 1, 9, 1]),
      option(82, [1, 9]),
    ];
    t.client(message({ options: [...wrong, option(12, 'pc')] }));
    const [got] = t.events();
    expect(got).toMatchObject({
      status: 'OK',
      'dhcpv4.option.hostname': 'pc',
      'dhcpv4.option.dns_servers': ['1.2.3.4'],
    });
    expect(got).not.toHaveProperty('dhcpv4.option.subnet_mask');
    expect(t.counters.snapshot()['dhcpv4.option.malformed']).toBe(wrong.length);
  });

  it('is not slowed down by options in a great many parts', () => {
    const codes = [3, 4, 6, 12, 15, 42, 55, 56, 60, 61, 66, 67, 81, 82, 124];
    const parts = Array.from({ length: 30_000 }, (_, i) => option(codes[i % codes.length]!, []));
    const t = new TestSession(dhcpv4);
    const big = message({ options: parts });
    const begun = performance.now();
    for (let i = 0; i < 20; i++) t.client(big);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(t.events()).toHaveLength(20);
  });

  it('forgets one message before the next', () => {
    const [, second] = events(message({ options: [option(12, 'a'), option(12, 'b')] }), message());
    expect(second).not.toHaveProperty('dhcpv4.option.hostname');
  });
});

describe('unknown ports', () => {
  const detect = (first: Uint8Array) => {
    const t = new TestSession(dhcpv4, {}, { detect: true });
    t.client(first);
    return t.events().length;
  };

  it('knows DHCP by its first message', () => {
    expect(detect(message({ options: [option(53, [1])] }))).toBe(1);
  });

  it.each([{ operation: 3 }, { hardwareType: 0 }, { hardwareType: 99 }, { hardwareSize: 17 }])(
    'is not sure of %j',
    (parts) => {
      expect(detect(message(parts))).toBe(0);
    },
  );

  it('takes nothing else', () => {
    for (const other of ['GET / HTTP/1.1\r\n\r\n', 'x'.repeat(300), '\x16\x03\x01\0\x05hello'])
      expect(detect(Buffer.from(other, 'latin1'))).toBe(0);
  });
});
