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

export function judge(reply: BulkReply): BulkVerdict {
  const retry: number[] = [];
  let duplicates = 0;
  let rejected = 0;
  let reason: string | undefined;
  (reply.items ?? []).forEach((item, place) => {
    const [result] = Object.values(item);
    const status = result?.status ?? 500;
    if (status < 300) return;
    if (status === 409) duplicates++;
    else if (status === 429 || status >= 500) retry.push(place);
    else {
      rejected++;
      reason ??= `${result?.error?.type ?? status}: ${result?.error?.reason ?? ''}`;
    }
  });
  return { retry, duplicates, rejected, reason };
}
