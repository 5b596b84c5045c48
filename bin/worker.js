/** A shard's worker thread, see lib/app/worker.ts. */
require('./load.js').load('worker');
