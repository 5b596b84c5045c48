#include "capture/source.h"

namespace pbfast::capture {

SourceCounters& SourceCounters::operator+=(const SourceCounters& other) {
  received += other.received;
  filtered += other.filtered;
  kernel_dropped += other.kernel_dropped;
  interface_dropped += other.interface_dropped;
  copies += other.copies;
  unread += other.unread;
  truncated_records += other.truncated_records;
  bad_records += other.bad_records;
  downs += other.downs;
  reopened += other.reopened;
  undumped += other.undumped;
  return *this;
}

}  // namespace pbfast::capture
