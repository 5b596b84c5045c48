// A file played at the speed it was recorded with, stamped as recorded.
#pragma once
#include "capture/source.h"

namespace pbfast::capture {

std::unique_ptr<Source> make_paced(std::unique_ptr<Source> source);

}  // namespace pbfast::capture
