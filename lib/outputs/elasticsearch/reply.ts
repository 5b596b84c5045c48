/** What a _bulk reply says of each item. */

export interface BulkReply {
  readonly errors: boolean;
  readonly items?: readonly Readonly<Record<string, BulkItem>>[];
}

interface BulkItem {
  readonly status: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
}

export interface BulkVerdict {
  /** Places of items to send again: 429 and 5xx. */
  readonly retry: readonly number[];
  /** 409: it is there already. */
  readonly duplicates: number;
  /** Other 4xx: sending again would not help. */
  readonly rejected: number;
  readonly reason: string | undefined;
}

/** `events` were sent; one that the reply does not speak of is to be sent again. */
export function judge({ items = [] }: BulkReply, events: number): BulkVerdict {
  const retry: number[] = [];
  let duplicates = 0;
  let rejected = 0;
  let reason: string | undefined;
  for (let place = 0; place < events; place++) {
    const [result] = Object.values(items[place] ?? {});
    const status = result?.status ?? 500;
    if (status < 300) continue;
    if (status === 409) duplicates++;
    else if (status === 429 || status >= 500) retry.push(place);
    else {
      rejected++;
      reason ??= `${result?.error?.type ?? status}: ${result?.error?.reason ?? ''}`;
    }
  }
  return { retry, duplicates, rejected, reason };
}
