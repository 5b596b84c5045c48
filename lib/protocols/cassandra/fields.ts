/** What cassandra events hold, as Packetbeat names it, and the fields that occur in several places by their part. */
import { declare, type Field } from '../../events/fields.js';

const VERSION = 'Version of the protocol.';
const FLAGS =
  'Flags of the frame: Default, Compress, Tracing, CustomPayload, Warning, Beta; a list of several.';
const STREAM = 'Number that a response has in common with its request; -1 for what the server pushes.';
const OPERATION = 'Operation of the frame: QUERY, RESULT ...';
const LENGTH = 'Length of the body of the frame, bytes.';
const META_FLAGS =
  'What the metadata holds: GlobalTableSpec, HasMorePages, NoMetaData, MetadataChanged; a list of several.';
const COLUMNS = 'Number of columns.';
const PARTITION_KEY = 'Places of the columns that are the partition key.';
const KEYSPACE = 'Keyspace of the columns, where all have the same table.';
const TABLE = 'Table of the columns, where all have the same.';
const PAGING = 'State from which the next page is asked for, in hexadecimal.';
const CHANGE = 'What happened: CREATED, UPDATED, DROPPED.';
const TARGET = 'What has changed: KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE.';
const CHANGED_KEYSPACE = 'Keyspace that has changed, or that what has changed is in.';
const CHANGED_TABLE = 'Table that has changed, in versions 1 and 2.';
const OBJECT = 'Table or type that has changed.';
const FUNCTION = 'Function or aggregate that has changed.';
const ARGUMENTS = 'Types of the arguments of the function or aggregate.';

export const fields = declare({
  'cassandra.no_request': { type: 'boolean', about: 'The server pushed this: there is no request.' },

  'cassandra.request.headers.version': { type: 'long', about: VERSION },
  'cassandra.request.headers.flags': { type: 'keyword', list: true, about: FLAGS },
  'cassandra.request.headers.stream': { type: 'keyword', about: STREAM },
  'cassandra.request.headers.op': { type: 'keyword', about: OPERATION },
  'cassandra.request.headers.length': { type: 'long', about: LENGTH },
  'cassandra.request.query': {
    type: 'keyword',
    list: true,
    about: 'The statement; of EXECUTE the one that was prepared; a list of those of a BATCH.',
  },
  'cassandra.request.prepared_id': {
    type: 'keyword',
    list: true,
    about: 'Id of the prepared statement that EXECUTE names; a list of those of a BATCH.',
  },
  'cassandra.request.batch.type': { type: 'keyword', about: 'Kind of batch: logged, unlogged, counter.' },
  'cassandra.request.batch.size': { type: 'long', about: 'Number of statements in the batch.' },

  'cassandra.response.headers.version': { type: 'long', about: VERSION },
  'cassandra.response.headers.flags': { type: 'keyword', list: true, about: FLAGS },
  'cassandra.response.headers.stream': { type: 'keyword', about: STREAM },
  'cassandra.response.headers.op': { type: 'keyword', about: OPERATION },
  'cassandra.response.headers.length': { type: 'long', about: LENGTH },
  'cassandra.response.trace_id': { type: 'keyword', about: 'Id of the trace that the request asked for.' },
  'cassandra.response.warnings': { type: 'keyword', list: true, about: 'Warnings of the server.' },

  'cassandra.response.result.type': {
    type: 'keyword',
    about: 'Kind of result: void, rows, set_keyspace, prepared, schemaChanged.',
  },
  'cassandra.response.result.keyspace': { type: 'keyword', about: 'Keyspace that is used from now on.' },
  'cassandra.response.result.rows.num_rows': { type: 'long', about: 'Number of rows in this response.' },
  'cassandra.response.result.rows.meta.flags': { type: 'keyword', list: true, about: META_FLAGS },
  'cassandra.response.result.rows.meta.col_count': { type: 'long', about: COLUMNS },
  'cassandra.response.result.rows.meta.pkey_columns': { type: 'long', list: true, about: PARTITION_KEY },
  'cassandra.response.result.rows.meta.keyspace': { type: 'keyword', about: KEYSPACE },
  'cassandra.response.result.rows.meta.table': { type: 'keyword', about: TABLE },
  'cassandra.response.result.rows.meta.paging_state': { type: 'keyword', about: PAGING },
  'cassandra.response.result.prepared.prepared_id': {
    type: 'keyword',
    about: 'Id of the prepared statement.',
  },
  'cassandra.response.result.prepared.req_meta.flags': { type: 'keyword', list: true, about: META_FLAGS },
  'cassandra.response.result.prepared.req_meta.col_count': { type: 'long', about: COLUMNS },
  'cassandra.response.result.prepared.req_meta.pkey_columns': {
    type: 'long',
    list: true,
    about: PARTITION_KEY,
  },
  'cassandra.response.result.prepared.req_meta.keyspace': { type: 'keyword', about: KEYSPACE },
  'cassandra.response.result.prepared.req_meta.table': { type: 'keyword', about: TABLE },
  'cassandra.response.result.prepared.req_meta.paging_state': { type: 'keyword', about: PAGING },
  'cassandra.response.result.prepared.resp_meta.flags': { type: 'keyword', list: true, about: META_FLAGS },
  'cassandra.response.result.prepared.resp_meta.col_count': { type: 'long', about: COLUMNS },
  'cassandra.response.result.prepared.resp_meta.pkey_columns': {
    type: 'long',
    list: true,
    about: PARTITION_KEY,
  },
  'cassandra.response.result.prepared.resp_meta.keyspace': { type: 'keyword', about: KEYSPACE },
  'cassandra.response.result.prepared.resp_meta.table': { type: 'keyword', about: TABLE },
  'cassandra.response.result.prepared.resp_meta.paging_state': { type: 'keyword', about: PAGING },
  'cassandra.response.result.schema_change.change': { type: 'keyword', about: CHANGE },
  'cassandra.response.result.schema_change.target': { type: 'keyword', about: TARGET },
  'cassandra.response.result.schema_change.keyspace': { type: 'keyword', about: CHANGED_KEYSPACE },
  'cassandra.response.result.schema_change.table': { type: 'keyword', about: CHANGED_TABLE },
  'cassandra.response.result.schema_change.object': { type: 'keyword', about: OBJECT },
  'cassandra.response.result.schema_change.name': { type: 'keyword', about: FUNCTION },
  'cassandra.response.result.schema_change.args': { type: 'keyword', list: true, about: ARGUMENTS },

  'cassandra.response.supported': {
    type: 'object',
    about: 'Options that the server supports, each with its values.',
  },
  'cassandra.response.authentication.class': {
    type: 'keyword',
    about: 'Authenticator that the server asks for.',
  },
  'cassandra.response.authentication.data': {
    type: 'keyword',
    about: 'REDACTED, where the server sent a token of the authenticator.',
  },

  'cassandra.response.event.type': {
    type: 'keyword',
    about: 'Type of the pushed event: TOPOLOGY_CHANGE, STATUS_CHANGE, SCHEMA_CHANGE.',
  },
  'cassandra.response.event.change': {
    type: 'keyword',
    about: 'What happened to the node: NEW_NODE, REMOVED_NODE, UP, DOWN ...',
  },
  'cassandra.response.event.host': { type: 'keyword', about: 'Address of the node.' },
  'cassandra.response.event.port': { type: 'long', about: 'Port of the node.' },
  'cassandra.response.event.schema_change.change': { type: 'keyword', about: CHANGE },
  'cassandra.response.event.schema_change.target': { type: 'keyword', about: TARGET },
  'cassandra.response.event.schema_change.keyspace': { type: 'keyword', about: CHANGED_KEYSPACE },
  'cassandra.response.event.schema_change.table': { type: 'keyword', about: CHANGED_TABLE },
  'cassandra.response.event.schema_change.object': { type: 'keyword', about: OBJECT },
  'cassandra.response.event.schema_change.name': { type: 'keyword', about: FUNCTION },
  'cassandra.response.event.schema_change.args': { type: 'keyword', list: true, about: ARGUMENTS },

  'cassandra.response.error.code': { type: 'long', about: 'Code of the error.' },
  'cassandra.response.error.msg': { type: 'keyword', about: 'Message of the error.' },
  'cassandra.response.error.type': { type: 'keyword', about: 'Name of the error: errSyntax, errInvalid ...' },
  'cassandra.response.error.details.read_consistency': {
    type: 'keyword',
    about: 'Consistency level of the request that failed.',
  },
  'cassandra.response.error.details.required': {
    type: 'long',
    about: 'Replicas that must be alive for the consistency level.',
  },
  'cassandra.response.error.details.alive': {
    type: 'long',
    about: 'Replicas that were alive.',
  },
  'cassandra.response.error.details.received': { type: 'long', about: 'Replicas that answered.' },
  'cassandra.response.error.details.blockfor': {
    type: 'long',
    about: 'Replicas whose answer the consistency level needs.',
  },
  'cassandra.response.error.details.write_type': {
    type: 'keyword',
    about: 'Kind of write that failed: SIMPLE, BATCH, UNLOGGED_BATCH, COUNTER, BATCH_LOG, CAS, VIEW, CDC.',
  },
  'cassandra.response.error.details.data_present': {
    type: 'boolean',
    about: 'The replica that was asked for the data had answered.',
  },
  'cassandra.response.error.details.keyspace': {
    type: 'keyword',
    about: 'Keyspace of the function that failed, or that exists already.',
  },
  'cassandra.response.error.details.table': { type: 'keyword', about: 'Table that exists already.' },
  'cassandra.response.error.details.stmt_id': {
    type: 'keyword',
    about: 'Id of the statement that the server does not know.',
  },
  'cassandra.response.error.details.num_failures': {
    type: 'keyword',
    about: 'Number of replicas that failed.',
  },
  'cassandra.response.error.details.function': {
    type: 'keyword',
    about: 'Function that failed.',
  },
  'cassandra.response.error.details.arg_types': {
    type: 'keyword',
    list: true,
    about: 'Types of the arguments of the function that failed.',
  },
});

const asText = (field: Field): Field<'keyword'> => field as Field<'keyword'>;
const asNumber = (field: Field): Field<'long'> => field as Field<'long'>;

/** The fields of a frame's header; Packetbeat writes versions as text and streams as numbers, whatever their mapping. */
export const HEADERS = {
  request: {
    version: asText(fields['cassandra.request.headers.version']),
    flags: fields['cassandra.request.headers.flags'],
    stream: asNumber(fields['cassandra.request.headers.stream']),
    op: fields['cassandra.request.headers.op'],
    length: fields['cassandra.request.headers.length'],
  },
  response: {
    version: asText(fields['cassandra.response.headers.version']),
    flags: fields['cassandra.response.headers.flags'],
    stream: asNumber(fields['cassandra.response.headers.stream']),
    op: fields['cassandra.response.headers.op'],
    length: fields['cassandra.response.headers.length'],
  },
};
export const NUM_FAILURES = asNumber(fields['cassandra.response.error.details.num_failures']);

/** The three places where metadata of results is told. */
export const METADATA = {
  rows: {
    flags: fields['cassandra.response.result.rows.meta.flags'],
    columns: fields['cassandra.response.result.rows.meta.col_count'],
    partitionKey: fields['cassandra.response.result.rows.meta.pkey_columns'],
    keyspace: fields['cassandra.response.result.rows.meta.keyspace'],
    table: fields['cassandra.response.result.rows.meta.table'],
    pagingState: fields['cassandra.response.result.rows.meta.paging_state'],
  },
  request: {
    flags: fields['cassandra.response.result.prepared.req_meta.flags'],
    columns: fields['cassandra.response.result.prepared.req_meta.col_count'],
    partitionKey: fields['cassandra.response.result.prepared.req_meta.pkey_columns'],
    keyspace: fields['cassandra.response.result.prepared.req_meta.keyspace'],
    table: fields['cassandra.response.result.prepared.req_meta.table'],
    pagingState: fields['cassandra.response.result.prepared.req_meta.paging_state'],
  },
  response: {
    flags: fields['cassandra.response.result.prepared.resp_meta.flags'],
    columns: fields['cassandra.response.result.prepared.resp_meta.col_count'],
    partitionKey: fields['cassandra.response.result.prepared.resp_meta.pkey_columns'],
    keyspace: fields['cassandra.response.result.prepared.resp_meta.keyspace'],
    table: fields['cassandra.response.result.prepared.resp_meta.table'],
    pagingState: fields['cassandra.response.result.prepared.resp_meta.paging_state'],
  },
};
export type MetadataFields = (typeof METADATA)[keyof typeof METADATA];

/** The two places where a change of the schema is told. */
export const SCHEMA_CHANGE = {
  result: {
    change: fields['cassandra.response.result.schema_change.change'],
    target: fields['cassandra.response.result.schema_change.target'],
    keyspace: fields['cassandra.response.result.schema_change.keyspace'],
    table: fields['cassandra.response.result.schema_change.table'],
    object: fields['cassandra.response.result.schema_change.object'],
    name: fields['cassandra.response.result.schema_change.name'],
    args: fields['cassandra.response.result.schema_change.args'],
  },
  event: {
    change: fields['cassandra.response.event.schema_change.change'],
    target: fields['cassandra.response.event.schema_change.target'],
    keyspace: fields['cassandra.response.event.schema_change.keyspace'],
    table: fields['cassandra.response.event.schema_change.table'],
    object: fields['cassandra.response.event.schema_change.object'],
    name: fields['cassandra.response.event.schema_change.name'],
    args: fields['cassandra.response.event.schema_change.args'],
  },
};
export type SchemaChangeFields = (typeof SCHEMA_CHANGE)[keyof typeof SCHEMA_CHANGE];
