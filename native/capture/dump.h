// Writes what a source gives to a capture file as well.
#pragma once
#include <memory>
#include <string>

#include "capture/live_control.h"
#include "capture/pcapng_writer.h"
#include "capture/source.h"

namespace pbfast::capture {

// Several sources may share a writer, on one thread. When the file cannot be written any more,
// `control` is told once and the frames are counted.
std::unique_ptr<Source> make_dump(std::unique_ptr<Source> source, const std::string& name,
                                  std::shared_ptr<PcapngWriter> writer,
                                  std::shared_ptr<LiveControl> control);

}  // namespace pbfast::capture
