// Opens capture files: regular ones are mapped, compressed ones and pipes streamed.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "capture/file_source.h"
#include "capture/mapped_source.h"
#include "capture/stream_source.h"

namespace pbfast::capture {

namespace {

bool is_gzip(int fd) {
  uint8_t magic[2];
  return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

Opened open_standard_input(const std::string& filter) {
  const int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return failure("FILE", std::string("standard input: ") + std::strerror(errno));
  return open_stream(fd, "standard input", filter);
}

}  // namespace

Opened open_file(const std::string& path, const std::string& filter) {
  if (path == "-") return open_standard_input(filter);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure("FILE", path + ": " + std::strerror(errno));
  struct stat info {};
  if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    close(fd);
    return failure("FILE", path + ": is no file");
  }
  if (!S_ISREG(info.st_mode) || info.st_size == 0 || is_gzip(fd))
    return open_stream(fd, path, filter);
  return open_mapped(fd, static_cast<uint64_t>(info.st_size), path, filter);
}

}  // namespace pbfast::capture
