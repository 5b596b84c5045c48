/** The types of events, a line a protocol: what its fields declare, and the envelope. */
import type { EventOf } from '../events/types.js';
import type { fields as amqp } from './amqp/fields.js';
import type { fields as cassandra } from './cassandra/fields.js';
import type { fields as dhcpv4 } from './dhcpv4/fields.js';
import type { fields as dns } from './dns/fields.js';
import type { fields as http } from './http/fields.js';
import type { fields as icmp } from './icmp/fields.js';
import type { fields as memcache } from './memcache/fields.js';
import type { fields as mongodb } from './mongodb/fields.js';
import type { fields as mysql } from './mysql/fields.js';
import type { fields as nfs } from './nfs/fields.js';
import type { fields as pgsql } from './pgsql/fields.js';
import type { fields as redis } from './redis/fields.js';
import type { fields as sip } from './sip/fields.js';
import type { fields as thrift } from './thrift/fields.js';
import type { fields as tls } from './tls/fields.js';

export type AmqpEvent = EventOf<'amqp', typeof amqp>;
export type CassandraEvent = EventOf<'cassandra', typeof cassandra>;
export type DhcpEvent = EventOf<'dhcpv4', typeof dhcpv4>;
export type DnsEvent = EventOf<'dns', typeof dns>;
export type HttpEvent = EventOf<'http', typeof http>;
export type IcmpEvent = EventOf<'icmp', typeof icmp>;
export type MemcacheEvent = EventOf<'memcache', typeof memcache>;
export type MongodbEvent = EventOf<'mongodb', typeof mongodb>;
export type MysqlEvent = EventOf<'mysql', typeof mysql>;
export type NfsEvent = EventOf<'nfs', typeof nfs>;
export type PgsqlEvent = EventOf<'pgsql', typeof pgsql>;
export type RedisEvent = EventOf<'redis', typeof redis>;
export type SipEvent = EventOf<'sip', typeof sip>;
export type ThriftEvent = EventOf<'thrift', typeof thrift>;
export type TlsEvent = EventOf<'tls', typeof tls>;
export type FlowEvent = EventOf<'flow', Record<never, never>>;

export type PbfastEvent =
  | AmqpEvent
  | CassandraEvent
  | DhcpEvent
  | DnsEvent
  | HttpEvent
  | IcmpEvent
  | MemcacheEvent
  | MongodbEvent
  | MysqlEvent
  | NfsEvent
  | PgsqlEvent
  | RedisEvent
  | SipEvent
  | ThriftEvent
  | TlsEvent
  | FlowEvent;
