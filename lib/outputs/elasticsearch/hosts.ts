/** The `hosts` setting: URLs, or host and port. */

/** Where Elasticsearch listens unless told otherwise; Beats' default too, also for https. */
const PORT = 9200;

/** URL of a node, ending in /. `path` is put in the place of the host's own when it is absolute. */
export function nodeUrl(host: string, protocol: string, path: string): string {
  const url = host.includes('://') ? host : `${protocol}://${host}`;
  const authority = /^[^/]+\/\/[^/]*/.exec(url)?.[0] ?? url;
  const node = /:\d+$/.test(authority) ? url : `${authority}:${PORT}${url.slice(authority.length)}`;
  return new URL(path, node.endsWith('/') ? node : `${node}/`).href;
}

/** For messages. */
export function withoutCredentials(host: string): string {
  return host.replace(/^([^/]*\/\/)?[^/]*@/, '$1');
}
